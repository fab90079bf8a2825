"""Executions of the function at a time."""

from collections.abc import Iterator

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, Lacking, Mark, lambda_metric
from tocsin.alarms.settings import AlarmSettings

_SHARE_OF_RESERVED = 0.8


class ConcurrencyAlarm(AlarmSettings):
    """``threshold`` in executions; by default four fifths of the reserved concurrency."""

    enabled: bool = False
    threshold: float | None = Field(default=None, gt=0)  # type: ignore[assignment]


class Concurrency(AlarmKind[ConcurrencyAlarm]):
    name = "concurrency"
    settings = ConcurrencyAlarm
    measure = Measure("executions at a time")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "ConcurrentExecutions", "Maximum"),)

    def threshold(self, function: AlarmedFunction) -> float:
        return self._limit(function) or 0

    def words(self, function: AlarmedFunction) -> str:
        return f"more than {self._limit(function)} executions at a time"

    def lacking(self, function: AlarmedFunction) -> Iterator[Lacking]:
        if self._limit(function) is None:
            accepted = "a number of executions, or reservedConcurrency of the function"
            yield Lacking("threshold", "nothing", accepted)

    def mark(self, function: AlarmedFunction) -> Mark:
        return Mark("capacity", "executions", "", self.threshold(function), "right")

    def _limit(self, function: AlarmedFunction) -> float | None:
        """The threshold, or what the reserved concurrency makes it; None: neither is given."""
        given: float | None = self.of(function).threshold
        if given is not None or function.reserved_concurrency is None:
            return given
        return _SHARE_OF_RESERVED * function.reserved_concurrency


KIND = Concurrency()
