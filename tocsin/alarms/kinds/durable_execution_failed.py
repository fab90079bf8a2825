"""Durable executions that ended in failure: to AWS/Lambda Errors they are successes."""

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, lambda_metric
from tocsin.alarms.settings import AlarmSettings, Severity


class DurableExecutionFailedAlarm(AlarmSettings):
    """``threshold`` in executions.

    https://docs.aws.amazon.com/lambda/latest/dg/durable-monitoring.html
    """

    severity: Severity = "page"
    threshold: float = Field(default=0, ge=0)
    evaluation_periods: int = Field(default=1, ge=1)


class DurableExecutionFailed(AlarmKind[DurableExecutionFailedAlarm]):
    name = "durable-execution-failed"
    settings = DurableExecutionFailedAlarm
    measure = Measure("failed executions")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "DurableExecutionFailed", "Sum"),)

    def words(self, function: AlarmedFunction) -> str:
        return f"more than {self.of(function).threshold} durable executions ended in failure"

    def surrounds(self, function: AlarmedFunction) -> bool:
        return bool(function.keys.get("durableConfig"))


KIND = DurableExecutionFailed()
