"""Nothing slips through: every function is wrapped, alarmed, shown, logged, collected and scoped.

Each rule looks at what was compiled, not at the templates, so that a template
that forgets a function is found as well as one that somebody edited.
"""

from collections.abc import Iterator

from tocsin import names
from tocsin.alarms import MetricRead
from tocsin.check.awaiting_rules import awaiting
from tocsin.check.dashboard_rules import functions_shown
from tocsin.check.shadow_rules import shadows
from tocsin.check.wrapper_rules import wrapper
from tocsin.cloudformation.alarm_reads import Read, reads
from tocsin.cloudformation.references import references
from tocsin.cloudformation.template import Properties, Template
from tocsin.config import Function, Stage, Watched
from tocsin.findings import Finding, Severity


def completeness(stage: Stage, template: Template) -> Iterator[Finding]:
    """A finding for each part that a function of ``stage`` lacks."""
    parts = _Parts(stage, template)
    for function in stage.functions:
        properties = parts.functions.get(function.name)
        if properties is None:
            yield _missing("function", function, f"no AWS::Lambda::Function named {function.name}")
            continue
        if function.has_errorlog:
            yield from _layer(function, properties, parts)
            yield from wrapper(function)
            yield from awaiting(function)
            yield from shadows(function)
        else:
            yield from _without_errorlog(function)
        yield from _alarms(function, stage, parts)
        yield from _shown(function, parts)
        if function.has_log:
            yield from _log_group(function, parts)
            yield from _subscription(function, parts)
        else:
            yield _warning("subscription", function, NO_LOG)
        yield from _role(function, properties, parts)
    for external in stage.external_functions:
        yield from _alarms(external, stage, parts)
        yield from _shown(external, parts)
        if external.has_log_group:
            yield from _subscription(external, parts)


NO_LOG = "writes no log (disableLogs): its time-outs and exits have an alarm and no record"


class _Parts:
    """What the template has, found by the name of the function it is for."""

    def __init__(self, stage: Stage, template: Template) -> None:
        self.functions = {
            properties.get("FunctionName"): properties
            for properties in template.of_type("AWS::Lambda::Function").values()
        }
        self.shown = functions_shown(template)
        self.alarms = list(template.of_type("AWS::CloudWatch::Alarm").values())
        groups = template.of_type("AWS::Logs::LogGroup")
        self.log_groups = {group.get("LogGroupName"): group for group in groups.values()}
        self.collector = names.function(names.COLLECTOR, stage.suffix)
        collectors = {
            logical_id
            for logical_id, properties in template.of_type("AWS::Lambda::Function").items()
            if properties.get("FunctionName") == self.collector
        }
        self.collected: set[str] = set()
        for subscription in template.of_type("AWS::Logs::SubscriptionFilter").values():
            if collectors & set(references(subscription.get("DestinationArn"))):
                source = subscription.get("LogGroupName")
                self.collected |= {str(source)} | {
                    str(groups[target].get("LogGroupName"))
                    for target in references(source)
                    if target in groups
                }
        self.layers = {
            logical_id
            for logical_id, layer in template.of_type("AWS::Lambda::LayerVersion").items()
            if str(layer.get("LayerName")).startswith("errorlog-layer-")
        }
        self.roles = set(template.of_type("AWS::IAM::Role"))


def _shown(function: Watched, parts: _Parts) -> Iterator[Finding]:
    if function.name not in parts.shown:
        yield _missing("dashboard", function, "no graph of a dashboard shows it")


def _missing(part: str, function: Watched, message: str) -> Finding:
    return Finding(Severity.ERROR, f"completeness/{part}", function.key, message)


def _warning(part: str, function: Watched, message: str) -> Finding:
    return Finding(Severity.WARNING, f"completeness/{part}", function.key, message)


def _without_errorlog(function: Function) -> Iterator[Finding]:
    message = (
        "is an image, or no Python, and has no errorlog: what its handler raises has an alarm and, "
        "but for what ends it from outside, no record"
    )
    yield _warning("errorlog", function, message)


def _layer(function: Function, properties: Properties, parts: _Parts) -> Iterator[Finding]:
    if not parts.layers & set(references(properties.get("Layers"))):
        yield _missing("layer", function, "the errorlog layer is not attached")


def _alarms(function: Watched, stage: Stage, parts: _Parts) -> Iterator[Finding]:
    """An alarm of each enabled kind that reads what makes it that kind, whatever its name."""
    for alarm in function.alarm_definitions(stage.suffix, stage.name):
        wanted = {_key(read, alarm.period) for read in alarm.reads}
        # One that reads more is another alarm: the error rate's reads hold those of a heartbeat.
        if not any(wanted == reads(properties) for properties in parts.alarms):
            named = [
                properties
                for properties in parts.alarms
                if properties.get("AlarmName") == alarm.name
            ]
            instead = _words(reads(named[0])) if named else ""
            yield _missing(
                "alarm",
                function,
                f"no {alarm.variant} alarm reads {' and '.join(map(str, alarm.reads))} "
                f"in periods of {alarm.period} s"
                + (f"; {alarm.name} reads {instead or 'nothing'}" if named else ""),
            )


def _key(read: MetricRead, period: int) -> Read:
    dimensions = frozenset(read.dimensions.items())
    return Read(read.namespace, read.metric, read.statistic, str(period), dimensions)


def _words(reads: set[Read]) -> str:
    words = [
        f"{read.statistic} of {read.namespace} {read.metric} in {read.period} s" for read in reads
    ]
    return " and ".join(sorted(words))


def _log_group(function: Function, parts: _Parts) -> Iterator[Finding]:
    name = function.log_group
    if not function.makes_log_group:
        return  # it is told to log into another, which keeps its lines as its owner wants
    if name not in parts.log_groups:
        yield _missing("log-group", function, f"no log group {name}: it would appear by itself")
    elif not parts.log_groups[name].get("RetentionInDays"):
        yield _missing("log-retention", function, f"log group {name} keeps its logs forever")


def _subscription(function: Watched, parts: _Parts) -> Iterator[Finding]:
    """Whether the function's log leads to the collector, which sees what its handler cannot."""
    group = function.log_group
    if group not in parts.collected:
        yield _missing(
            "subscription",
            function,
            f"no subscription of {group} to {parts.collector}: its time-outs and exits leave no "
            "record",
        )


def _role(function: Function, properties: Properties, parts: _Parts) -> Iterator[Finding]:
    """Whether the function runs as a role of this stack; what it may do is in ``roles``."""
    if function.own_role is not None:
        return  # `roles` says what is known of it
    if not parts.roles & set(references(properties.get("Role"))):
        yield _missing("role", function, "its role is not one of this stack")
