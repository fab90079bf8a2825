"""What an alarm kind is: its settings, what it reads, its words, and what makes it fire."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

from tocsin import names
from tocsin.alarms.definition import AlarmDefinition, Measure, MetricRead
from tocsin.alarms.settings import AlarmSettings

LAMBDA = "AWS/Lambda"
LONGEST_TIMEOUT_S = 900
"""Lambda's longest: what is assumed where nothing tells a function's own."""
ARRIVES_AFTER_S = 180
"""A call's metrics come up to so long after it ended."""

SettingsOf = TypeVar("SettingsOf", bound=AlarmSettings)

Graph = Literal["traffic", "duration", "capacity"]
"""The graphs that every function has on the dashboard."""


class AlarmedFunction(Protocol):
    """What a kind may ask of a function, whoever deploys it.

    ``name`` is the deployed one; ``timeout`` in seconds, None where nothing tells.
    ``answers_namespace`` is the one of errorlog's metric of answers that report a failure; empty
    where no answer counts. ``keys`` are what else serverless.yml says of it, in osls's words.
    ``is_deployed_here``: the stack of its alarms has it too, and what its events make.
    """

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def logical_id(self) -> str: ...
    @property
    def timeout(self) -> int | None: ...
    @property
    def reserved_concurrency(self) -> int | None: ...
    @property
    def is_deployed_here(self) -> bool: ...
    @property
    def answers_namespace(self) -> str: ...
    @property
    def keys(self) -> Mapping[str, Any]: ...
    @property
    def events(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def alarm_settings(self) -> Mapping[str, AlarmSettings]: ...


@dataclass(frozen=True)
class Lacking:
    """A setting that only somebody who knows the function can give; ``key`` is the attribute."""

    key: str
    found: str
    accepted: str


@dataclass(frozen=True)
class Mark:
    """Where a kind's threshold is drawn: on one of the function's graphs, with its unit.

    ``value`` is the threshold in the unit of that axis.
    """

    graph: Graph
    words: str
    unit: str
    value: float
    axis: Literal["left", "right"] = "left"


class AlarmKind(ABC, Generic[SettingsOf]):
    """One kind of alarm. A module of ``tocsin/alarms/kinds`` holds one, and is found by itself.

    ``name`` is what the names of its alarms and the section of the runbook say; the camel case of
    it is the key in monitoring.yml. ``measure`` is how a message says its number. ``fired_by`` is
    the failure of the drill that makes it fire, or None where the drill only sets its state.
    """

    name: ClassVar[str]
    settings: type[SettingsOf]
    measure: ClassVar[Measure]
    fired_by: ClassVar[Literal["exception", "latency", "throttle"] | None] = None

    @property
    def field(self) -> str:
        """``error-rate`` -> ``error_rate``: the attribute that holds its settings."""
        return self.name.replace("-", "_")

    def of(self, function: AlarmedFunction) -> SettingsOf:
        """Its settings for ``function``, also where it is not enabled."""
        found = function.alarm_settings[self.name]
        assert isinstance(found, self.settings)  # noqa: S101 - resolved from this very class
        return found

    @abstractmethod
    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        """The metrics that it reads of ``function``; the alarm is charged for each."""

    @abstractmethod
    def words(self, function: AlarmedFunction) -> str:
        """What has happened when it fires, as the alarm's description begins."""

    def threshold(self, function: AlarmedFunction) -> float:
        """What it compares with, in the unit of what it reads."""
        return self.of(function).threshold

    def expression(self, function: AlarmedFunction) -> tuple[str, str, str]:
        """(id, label, metric math over the ids it reads); empty for a kind of one metric."""
        return "", "", ""

    def lacking(self, function: AlarmedFunction) -> Iterator[Lacking]:
        """What an enabled alarm of this kind needs and does not have."""
        yield from ()

    def surrounds(self, function: AlarmedFunction) -> bool:
        """Whether ``function`` has what this kind watches, as far as its declaration tells.

        Where it has not, an alarm is made only if somebody wrote ``enabled: true``.
        """
        return True

    def is_asked_for(self, function: AlarmedFunction) -> bool:
        """Whether somebody wrote for ``function`` that the kind is on."""
        settings = self.of(function)
        return settings.enabled and "enabled" in settings.model_fields_set

    def mark(self, function: AlarmedFunction) -> Mark | None:
        """Its threshold on the dashboard; None: its metrics get a graph of their own."""
        return None

    def definitions(
        self, function: AlarmedFunction, suffix: str, stage: str
    ) -> tuple[AlarmDefinition, ...]:
        """The alarms of this kind on ``function``, on the stage called ``stage``: most have one."""
        if not self.surrounds(function) and not self.is_asked_for(function):
            return ()
        return (self._definition(function, suffix, stage),)

    def _definition(self, function: AlarmedFunction, suffix: str, stage: str) -> AlarmDefinition:
        settings = self.of(function)
        expression_id, label, expression = self.expression(function)
        return AlarmDefinition(
            kind=self.name,
            variant=self.name,
            subject=function.key,
            name=names.alarm(function.key, self.name, suffix),
            logical_id=f"{function.logical_id}{names.camel(self.name)}Alarm",
            what=self.words(function),
            anchor=self.name,
            command=f"invoke errors --stage {stage} --function {function.key}",
            severity=settings.severity,
            threshold=self.threshold(function),
            period=settings.period,
            evaluation_periods=settings.evaluation_periods,
            datapoints_to_alarm=settings.datapoints_to_alarm or settings.evaluation_periods,
            comparison_operator=settings.comparison_operator,
            treat_missing_data=settings.treat_missing_data,
            reads=self.reads(function),
            expression=expression,
            expression_id=expression_id,
            label=label,
            measure=self.measure,
        )


def lambda_metric(
    function: AlarmedFunction, metric: str, statistic: str, *, id: str = "metric"
) -> MetricRead:
    """A metric that Lambda itself counts for ``function``.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    return MetricRead(LAMBDA, metric, statistic, {"FunctionName": function.name}, id)


# Those that put the call in Lambda's own queue, which tries a failing one twice more.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
_ASYNCHRONOUS = frozenset(
    {"s3", "sns", "eventBridge", "cloudwatchEvent", "cloudwatchLog", "iot", "schedule"}
)


def is_asynchronous(function: AlarmedFunction) -> bool:
    """Whether all that calls it does so asynchronously, as far as ``events`` tell."""
    types = {kind for event in function.events for kind in event}
    return bool(types) and types <= _ASYNCHRONOUS


def may_be_asynchronous(function: AlarmedFunction) -> bool:
    """Whether anything among ``events`` calls it asynchronously."""
    return any(kind in _ASYNCHRONOUS for event in function.events for kind in event)


# Those that read an answer's statusCode, and those that are told which items of a batch failed.
_READ_STATUS = frozenset({"http", "httpApi", "alb"})
_BATCHES = frozenset({"sqs", "stream"})


def answers_are_read(events: Sequence[Mapping[str, Any]]) -> bool:
    """Whether anything among ``events`` takes an answer for a failure that Lambda does not.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    for event in events:
        for type_, written in event.items():
            told = written.get("functionResponseType") if isinstance(written, Mapping) else None
            reports = type_ in _BATCHES and told == "ReportBatchItemFailures"
            if reports or type_ in _READ_STATUS:
                return True
    return False


def reads_a_stream(function: AlarmedFunction) -> bool:
    """Whether a stream of Kinesis or DynamoDB is among ``events``."""
    return any("stream" in event and not _is_off(event["stream"]) for event in function.events)


def queues_read(function: AlarmedFunction) -> tuple[str, ...]:
    """The names of the queues that call it, as far as ``events`` tell them, and are not off.

    A queue of the function's own stack is referred to as Fn::Sub does. One that another stack
    exports has no name before the deploy, and is left out.
    """
    found = []
    for event in function.events:
        written = event.get("sqs")
        if _is_off(written):
            continue
        arn = written.get("arn") if isinstance(written, Mapping) and "arn" in written else written
        name = _queue(arn, function)
        if name:
            found.append(name)
    return tuple(dict.fromkeys(found))


def _is_off(source: object) -> bool:
    """Whether Lambda reads a queue or stream not, whatever waits in it."""
    return isinstance(source, Mapping) and source.get("enabled") is False


_PARTS_OF_ARN = 5


def _queue(arn: object, function: AlarmedFunction) -> str:
    """The name in the ARN of a queue, also where CloudFormation puts it together; else empty."""
    if isinstance(arn, str):
        known = arn.startswith("arn:") and arn.count(":") == _PARTS_OF_ARN
        return arn.rpartition(":")[2] if known else ""
    if not isinstance(arn, Mapping) or len(arn) != 1 or not function.is_deployed_here:
        return ""
    ((key, value),) = arn.items()
    if key == "Fn::GetAtt":
        parts = value.split(".", 1) if isinstance(value, str) else value
        if isinstance(parts, Sequence) and len(parts) == 2 and parts[1] == "Arn":
            return f"${{{parts[0]}.QueueName}}"
    if key == "Fn::Sub" and isinstance(value, str) and value.endswith(".Arn}"):
        return f"{value.removesuffix('.Arn}')}.QueueName}}" if value.startswith("${") else ""
    if key == "Fn::Sub" and isinstance(value, str):
        last = re.split(r":(?![^{]*\})", value)[-1]
        return last if value.startswith("arn:") else ""
    if key == "Fn::Join" and isinstance(value, Sequence) and len(value) == 2:
        members = value[1]
        last = members[-1] if isinstance(members, Sequence) and members else None
        return last.rpartition(":")[2] if value[0] == ":" and isinstance(last, str) else ""
    return ""
