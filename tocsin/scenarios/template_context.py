"""What a template says about the world of its alarms: functions, queues, topics, log metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.alarms.kind import LONGEST_TIMEOUT_S
from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudformation.template import Template
from tocsin.cloudwatch import DefinitionError

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


def surroundings(template: Template, parameters: Mapping[str, str] | None = None) -> Surroundings:
    """Read a template; what cannot be resolved without deploying is passed over."""
    resolver = Resolver(
        template,
        parameters or {},
        account="123456789012",
        region="us-east-1",
        stack="stack",
    )
    functions: dict[str, float] = {}
    external = template.section("Metadata").get("ExternalFunctions")
    if isinstance(external, Mapping):
        functions = {str(name): _timeout(seconds) for name, seconds in external.items()}
    names: dict[str, set[str]] = {"AWS::SQS::Queue": set(), "AWS::DynamoDB::Table": set()}
    topics: set[str] = set()
    log_metrics: dict[tuple[str, str], bool] = {}
    for logical_id in template.resources:
        kind, properties = template.type_of(logical_id), template.properties_of(logical_id)
        name_key = {"AWS::SQS::Queue": "QueueName", "AWS::DynamoDB::Table": "TableName"}.get(kind)
        try:
            if kind == "AWS::Lambda::Function":
                name = resolver.resolved({"Ref": logical_id}, logical_id)
                timeout = resolver.resolved(properties.get("Timeout", LAMBDA_TIMEOUT), logical_id)
                functions[name] = _timeout(timeout)
            elif name_key:
                given = properties.get(name_key)
                names[kind].add(str(resolver.resolved(given or {"Ref": logical_id}, logical_id)))
                attribute = {"Fn::GetAtt": [logical_id, name_key]}
                names[kind].add(str(resolver.resolved(attribute, logical_id)))
            elif kind == "AWS::SNS::Topic":
                topics.add(resolver.resolved({"Ref": logical_id}, logical_id))
            elif kind == "AWS::Logs::MetricFilter":
                made = resolver.resolved(properties["MetricTransformations"], "")
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
        return float(LONGEST_TIMEOUT_S)
    return seconds if 0 < seconds <= LONGEST_TIMEOUT_S else float(LONGEST_TIMEOUT_S)
