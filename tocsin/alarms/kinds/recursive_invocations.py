"""Calls that Lambda refused because the function calls itself in a loop: their events are lost."""

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, lambda_metric
from tocsin.alarms.settings import AlarmSettings, Severity


class RecursiveInvocationsAlarm(AlarmSettings):
    """``threshold`` in calls that Lambda refused.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """

    enabled: bool = False
    severity: Severity = "page"
    threshold: float = Field(default=0, ge=0)
    evaluation_periods: int = Field(default=1, ge=1)


class RecursiveInvocations(AlarmKind[RecursiveInvocationsAlarm]):
    name = "recursive-invocations"
    settings = RecursiveInvocationsAlarm
    measure = Measure("refused calls")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "RecursiveInvocationsDropped", "Sum"),)

    def words(self, function: AlarmedFunction) -> str:
        return f"more than {self.of(function).threshold} calls were refused as a loop"


KIND = RecursiveInvocations()
