"""Duration of the calls, as an average or a percentile."""

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, Mark, lambda_metric
from tocsin.alarms.settings import AlarmSettings, Statistic


class LatencyAlarm(AlarmSettings):
    """``threshold`` in milliseconds."""

    threshold: float = Field(default=500, gt=0)
    statistic: Statistic = "Average"


class Latency(AlarmKind[LatencyAlarm]):
    name = "latency"
    settings = LatencyAlarm
    measure = Measure("latency", " ms")
    fired_by = "latency"

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "Duration", self.of(function).statistic),)

    def words(self, function: AlarmedFunction) -> str:
        settings = self.of(function)
        return f"{settings.statistic} duration above {settings.threshold} ms"

    def mark(self, function: AlarmedFunction) -> Mark:
        return Mark("duration", self.of(function).statistic, " ms", self.threshold(function))


KIND = Latency()
