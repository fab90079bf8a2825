"""Calls that a rule of EventBridge could not make: events are lost, and the function never ran."""

from dataclasses import replace

from pydantic import Field

from tocsin import names
from tocsin.alarms.definition import AlarmDefinition, Measure, MetricRead
from tocsin.alarms.eventbridge_rules import rules
from tocsin.alarms.kind import AlarmedFunction, AlarmKind
from tocsin.alarms.settings import AlarmSettings, Severity

# CloudWatch takes ten metrics in one alarm.
_RULES_AN_ALARM = 10


class RuleFailuresAlarm(AlarmSettings):
    """``threshold`` in calls: a permission that is gone, a function that takes no more.

    One of three periods: the newest of several rules is filled before its datapoint is in.
    """

    severity: Severity = "page"
    threshold: float = Field(default=0, ge=0)
    evaluation_periods: int = Field(default=3, ge=1)
    datapoints_to_alarm: int | None = Field(default=1, ge=1)


class RuleFailures(AlarmKind[RuleFailuresAlarm]):
    name = "rule-failures"
    settings = RuleFailuresAlarm
    measure = Measure("lost calls")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"""
        return tuple(
            MetricRead("AWS/Events", "FailedInvocations", "Sum", dimensions, f"rule{number}")
            for number, dimensions in enumerate(rules(function), start=1)
        )

    def words(self, function: AlarmedFunction) -> str:
        threshold = self.of(function).threshold
        return f"a rule of EventBridge gave up on more than {threshold:g} of its calls"

    def surrounds(self, function: AlarmedFunction) -> bool:
        return bool(rules(function))

    def definitions(
        self, function: AlarmedFunction, suffix: str, stage: str
    ) -> tuple[AlarmDefinition, ...]:
        """One on the sum of its rules, more beyond ten of them, none without."""
        reads = self.reads(function)
        found = []
        for number, first in enumerate(range(0, len(reads), _RULES_AN_ALARM), start=1):
            some = reads[first : first + _RULES_AN_ALARM]
            variant = self.name if number == 1 else f"{self.name}-{number}"
            several = len(some) > 1
            found.append(
                replace(
                    self._definition(function, suffix, stage),
                    variant=variant,
                    name=names.alarm(function.key, variant, suffix),
                    logical_id=f"{function.logical_id}{names.camel(variant)}Alarm",
                    reads=some,
                    expression=" + ".join(f"FILL({read.id}, 0)" for read in some) * several,
                    expression_id="failed",
                    label="Failed calls" * several,
                )
            )
        return tuple(found)


KIND = RuleFailures()
