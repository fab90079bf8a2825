"""What a template says about the world of its alarms: functions, queues, topics, log metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.cloudwatch import DefinitionError
from tocsin.cloudwatch.intrinsics import Resolver

LONGEST_TIMEOUT = 900.0
LAMBDA_TIMEOUT = 3
"""Seconds; Lambda's own default where a template gives no Timeout."""


@dataclass(frozen=True)
class Surroundings:
    """``functions``: name to time-out in seconds, also of those that Metadata names as another
    stack's. ``log_metrics``: of metric filters, as (namespace, name) to whether the filter has a
    DefaultValue. ``topics`` are ARNs."""

    functions: Mapping[str, float]
    queues: frozenset[str]
    tables: frozenset[str]
    topics: frozenset[str]
    log_metrics: Mapping[tuple[str, str], bool]


def surroundings(
    template: Mapping[str, Any], parameters: Mapping[str, str] | None = None
) -> Surroundings:
    """Read a template; what cannot be resolved without deploying is passed over."""
    resolver = Resolver(
        template,
        parameters or {},
        account="123456789012",
        region="us-east-1",
        stack="stack",
    )
    functions: dict[str, float] = {}
    metadata = template.get("Metadata")
    external = metadata.get("ExternalFunctions") if isinstance(metadata, Mapping) else None
    if isinstance(external, Mapping):
        functions = {str(name): _timeout(seconds) for name, seconds in external.items()}
    names: dict[str, set[str]] = {"AWS::SQS::Queue": set(), "AWS::DynamoDB::Table": set()}
    topics: set[str] = set()
    log_metrics: dict[tuple[str, str], bool] = {}
    for logical_id, resource in template["Resources"].items():
        kind = resource.get("Type") if isinstance(resource, Mapping) else None
        if not isinstance(kind, str):
            continue
        name_key = {"AWS::SQS::Queue": "QueueName", "AWS::DynamoDB::Table": "TableName"}.get(kind)
        try:
            if kind == "AWS::Lambda::Function":
                properties = resource.get("Properties") or {}
                name = resolver.resolved({"Ref": logical_id}, logical_id)
                timeout = resolver.resolved(properties.get("Timeout", LAMBDA_TIMEOUT), logical_id)
                functions[name] = _timeout(timeout)
            elif name_key:
                given = (resource.get("Properties") or {}).get(name_key)
                names[kind].add(str(resolver.resolved(given or {"Ref": logical_id}, logical_id)))
                attribute = {"Fn::GetAtt": [logical_id, name_key]}
                names[kind].add(str(resolver.resolved(attribute, logical_id)))
            elif kind == "AWS::SNS::Topic":
                topics.add(resolver.resolved({"Ref": logical_id}, logical_id))
            elif kind == "AWS::Logs::MetricFilter":
                made = resolver.resolved(resource["Properties"]["MetricTransformations"], "")
                for each in made:
                    key = (each["MetricNamespace"], each["MetricName"])
                    log_metrics[key] = "DefaultValue" in each
        except (DefinitionError, AttributeError, KeyError, TypeError, ValueError):
            continue
    return Surroundings(
        functions,
        frozenset(names["AWS::SQS::Queue"]),
        frozenset(names["AWS::DynamoDB::Table"]),
        frozenset(topics),
        log_metrics,
    )


def _timeout(value: Any) -> float:
    """A time-out in seconds; Lambda's longest where the template says nothing that can be one."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return LONGEST_TIMEOUT
    return seconds if 0 < seconds <= LONGEST_TIMEOUT else LONGEST_TIMEOUT
