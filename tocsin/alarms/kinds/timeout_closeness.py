"""The longest duration in percent of the function's time-out: what comes next is lost."""

from collections.abc import Iterator

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, Lacking, Mark, lambda_metric
from tocsin.alarms.settings import AlarmSettings


class TimeoutClosenessAlarm(AlarmSettings):
    """``threshold`` in percent of the time-out."""

    enabled: bool = False
    threshold: float = Field(default=80, gt=0, lt=100)


class TimeoutCloseness(AlarmKind[TimeoutClosenessAlarm]):
    name = "timeout-closeness"
    settings = TimeoutClosenessAlarm
    measure = Measure("longest call", " ms")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "Duration", "Maximum"),)

    def threshold(self, function: AlarmedFunction) -> float:
        # Percent of seconds, in milliseconds.
        return self.of(function).threshold * (function.timeout or 0) * 10

    def words(self, function: AlarmedFunction) -> str:
        percent = self.of(function).threshold
        return f"a call took more than {percent} % of the timeout of {function.timeout} s"

    def lacking(self, function: AlarmedFunction) -> Iterator[Lacking]:
        if function.timeout is None:
            yield Lacking("", "no timeout", "a function with its timeout")

    def mark(self, function: AlarmedFunction) -> Mark:
        return Mark("duration", "longest call", " ms", self.threshold(function))


KIND = TimeoutCloseness()
