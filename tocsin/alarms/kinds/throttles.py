"""Calls that Lambda turned away for want of concurrency."""

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, Mark, lambda_metric
from tocsin.alarms.settings import AlarmSettings, Severity


class ThrottlesAlarm(AlarmSettings):
    """``threshold`` in throttled calls per period, summed."""

    severity: Severity = "page"
    threshold: float = Field(default=5, ge=0)
    evaluation_periods: int = Field(default=1, ge=1)


class Throttles(AlarmKind[ThrottlesAlarm]):
    name = "throttles"
    settings = ThrottlesAlarm
    measure = Measure("throttled calls")
    fired_by = "throttle"

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "Throttles", "Sum"),)

    def words(self, function: AlarmedFunction) -> str:
        return f"more than {self.of(function).threshold} throttled calls"

    def mark(self, function: AlarmedFunction) -> Mark:
        return Mark("capacity", "throttles", "", self.threshold(function))


KIND = Throttles()
