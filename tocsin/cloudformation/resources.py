"""Reading a compiled CloudFormation template, as far as the checks need it."""

from collections.abc import Iterator
from typing import Any

Template = dict[str, Any]
Properties = dict[str, Any]


def of_type(template: Template, kind: str) -> Iterator[tuple[str, Properties]]:
    """(logical id, properties) of every resource of a type."""
    for logical_id, resource in template.get("Resources", {}).items():
        if resource.get("Type") == kind:
            yield logical_id, resource.get("Properties", {})


def watched_metrics(alarm: Properties) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(namespace, metric, dimensions) of everything an alarm reads."""
    metrics = [alarm] if "MetricName" in alarm else []
    metrics += [
        each["MetricStat"]["Metric"] for each in alarm.get("Metrics", []) if "MetricStat" in each
    ]
    for metric in metrics:
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions", [])}
        yield str(metric.get("Namespace")), str(metric.get("MetricName")), dimensions


def statements(role: Properties) -> Iterator[dict[str, Any]]:
    """Every statement of a role's inline policies."""
    for policy in role.get("Policies", []):
        found = policy.get("PolicyDocument", {}).get("Statement", [])
        yield from found if isinstance(found, list) else [found]


def listed(value: Any) -> list[Any]:
    """A policy's Action or Resource, which may be one or several, as a list."""
    return value if isinstance(value, list) else [value]
