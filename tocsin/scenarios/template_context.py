"""What a template says about the world of its alarms: functions, queues, topics, log metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.alarms.kind import LONGEST_TIMEOUT_S
from tocsin.cloudformation.template import Template
from tocsin.cloudformation.undeployed import undeployed
from tocsin.cloudwatch import DefinitionError
from tocsin.scenarios.spelled_arns import spelled_arns

LAMBDA_TIMEOUT = 3
"""Seconds; Lambda's own default where a template gives no Timeout."""


# What may run code that is not in the template, and so emit any metric.
_RUN_CODE = (
    *("AWS::Lambda::Function", "AWS::Serverless::Function", "AWS::ECS::TaskDefinition"),
    *("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration"),
    *("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"),
)
# https://docs.aws.amazon.com/powertools/python/latest/core/metrics/
NAMESPACE_VARIABLE = "POWERTOOLS_METRICS_NAMESPACE"


@dataclass(frozen=True)
class LogMetric:
    """What a metric filter emits; with a DefaultValue also for lines that do not match."""

    namespace: str
    name: str
    dimensions: frozenset[str]
    has_default: bool


@dataclass(frozen=True)
class Surroundings:
    """``functions``: name to time-out in seconds, also of those that Metadata names as another
    stack's. ``topics`` are ARNs. ``emits_more``: code that is not in
    the template, or a filter that is not known before the deploy, may emit other metrics.
    ``namespaces`` are those that functions say they emit into. ``elsewhere``: (dimension, name) of
    functions, queues and tables that the template names by their ARNs, those of other stacks, too.
    """

    functions: Mapping[str, float]
    queues: frozenset[str]
    tables: frozenset[str]
    topics: frozenset[str]
    log_metrics: tuple[LogMetric, ...]
    namespaces: frozenset[str]
    emits_more: bool
    elsewhere: frozenset[tuple[str, str]] = frozenset()

    def beside(self, other: "Surroundings") -> "Surroundings":
        """This world with another stack's."""
        return Surroundings(
            {**self.functions, **other.functions},
            self.queues | other.queues,
            self.tables | other.tables,
            self.topics | other.topics,
            (*self.log_metrics, *other.log_metrics),
            self.namespaces | other.namespaces,
            self.emits_more or other.emits_more,
            self.elsewhere | other.elsewhere,
        )

    def is_sparse(self, namespace: str, name: str) -> bool:
        """Whether it comes from metric filters, and only while lines match."""
        made = [log for log in self.log_metrics if (log.namespace, log.name) == (namespace, name)]
        return bool(made) and not any(log.has_default for log in made)


def surroundings(template: Template, parameters: Mapping[str, str] | None = None) -> Surroundings:
    """Read a template; what cannot be resolved without deploying is passed over."""
    resolver = undeployed(template, parameters)
    functions: dict[str, float] = {}
    external = template.section("Metadata").get("ExternalFunctions")
    if isinstance(external, Mapping):
        functions = {str(name): _timeout(seconds) for name, seconds in external.items()}
    names: dict[str, set[str]] = {"AWS::SQS::Queue": set(), "AWS::DynamoDB::Table": set()}
    topics: set[str] = set()
    log_metrics: list[LogMetric] = []
    namespaces: set[str] = set()
    emits_more = any(template.of_type(kind) for kind in _RUN_CODE)
    for logical_id in template.resources:
        kind, properties = template.type_of(logical_id), template.properties_of(logical_id)
        name_key = {"AWS::SQS::Queue": "QueueName", "AWS::DynamoDB::Table": "TableName"}.get(kind)
        try:
            if kind == "AWS::Lambda::Function":
                name = resolver.resolved({"Ref": logical_id}, logical_id)
                timeout = resolver.resolved(properties.get("Timeout", LAMBDA_TIMEOUT), logical_id)
                functions[name] = _timeout(timeout)
                variables = (properties.get("Environment") or {}).get("Variables") or {}
                namespace = resolver.resolved(variables.get(NAMESPACE_VARIABLE), logical_id)
                if isinstance(namespace, str):
                    namespaces.add(namespace)
            elif name_key:
                given = properties.get(name_key)
                names[kind].add(str(resolver.resolved(given or {"Ref": logical_id}, logical_id)))
                attribute = {"Fn::GetAtt": [logical_id, name_key]}
                names[kind].add(str(resolver.resolved(attribute, logical_id)))
            elif kind == "AWS::SNS::Topic":
                topics.add(resolver.resolved({"Ref": logical_id}, logical_id))
            elif kind == "AWS::Logs::MetricFilter":
                made = resolver.resolved(properties["MetricTransformations"], "")
                log_metrics += [_log_metric(transformation) for transformation in made]
        except (DefinitionError, AttributeError, KeyError, TypeError, ValueError):
            emits_more = emits_more or kind == "AWS::Logs::MetricFilter"
    return Surroundings(
        functions,
        frozenset(names["AWS::SQS::Queue"]),
        frozenset(names["AWS::DynamoDB::Table"]),
        frozenset(topics),
        tuple(log_metrics),
        frozenset(namespaces),
        emits_more,
        spelled_arns(template, resolver),
    )


def _log_metric(transformation: Mapping[str, Any]) -> LogMetric:
    return LogMetric(
        str(transformation["MetricNamespace"]),
        str(transformation["MetricName"]),
        frozenset(str(pair["Key"]) for pair in transformation.get("Dimensions") or ()),
        "DefaultValue" in transformation,
    )


def _timeout(value: Any) -> float:
    """A time-out in seconds; Lambda's longest where the template says nothing that can be one."""
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return float(LONGEST_TIMEOUT_S)
    return seconds if 0 < seconds <= LONGEST_TIMEOUT_S else float(LONGEST_TIMEOUT_S)
