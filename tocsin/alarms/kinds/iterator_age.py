"""Age of the last record that a stream gave the function."""

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, lambda_metric, reads_a_stream
from tocsin.alarms.settings import AlarmSettings


class IteratorAgeAlarm(AlarmSettings):
    """``threshold`` in milliseconds; on where a stream is among the function's events."""

    threshold: float = Field(default=60_000, gt=0)
    evaluation_periods: int = Field(default=5, ge=1)


class IteratorAge(AlarmKind[IteratorAgeAlarm]):
    name = "iterator-age"
    settings = IteratorAgeAlarm
    measure = Measure("age of records", " ms")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "IteratorAge", "Maximum"),)

    def words(self, function: AlarmedFunction) -> str:
        return f"its stream's records are more than {self.of(function).threshold} ms old"

    def surrounds(self, function: AlarmedFunction) -> bool:
        return reads_a_stream(function)


KIND = IteratorAge()
