"""Reading a compiled CloudFormation template, as far as the checks need it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

Template = dict[str, Any]
Properties = dict[str, Any]


def of_type(template: Template, kind: str) -> Iterator[tuple[str, Properties]]:
    """(logical id, properties) of every resource of a type."""
    for logical_id, resource in template.get("Resources", {}).items():
        if resource.get("Type") == kind:
            yield logical_id, resource.get("Properties", {})


class Read(NamedTuple):
    """One metric as an alarm reads it; two are equal whatever the order of their dimensions."""

    namespace: str
    metric: str
    statistic: str
    period: str
    dimensions: frozenset[tuple[str, str]]


def reads(alarm: Properties) -> set[Read]:
    """Everything that an alarm reads, from its one metric or its metric math."""
    found = set()
    if "MetricName" in alarm:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
        found.add(_read(alarm, statistic, alarm.get("Period")))
    for query in alarm.get("Metrics", []):
        if "MetricStat" in query:
            stat = query["MetricStat"]
            found.add(_read(stat["Metric"], stat.get("Stat"), stat.get("Period")))
    return found


def _read(metric: Properties, statistic: Any, period: Any) -> Read:
    dimensions = frozenset(
        (str(dimension["Name"]), str(dimension["Value"]))
        for dimension in metric.get("Dimensions", [])
    )
    namespace, name = str(metric.get("Namespace")), str(metric.get("MetricName"))
    return Read(namespace, name, str(statistic), str(period), dimensions)


def statements(role: Properties) -> Iterator[dict[str, Any]]:
    """Every statement of a role's inline policies."""
    for policy in role.get("Policies", []):
        found = policy.get("PolicyDocument", {}).get("Statement", [])
        yield from found if isinstance(found, list) else [found]


def listed(value: Any) -> list[Any]:
    """A policy's Action or Resource, which may be one or several, as a list."""
    return value if isinstance(value, list) else [value]
