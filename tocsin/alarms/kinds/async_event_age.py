"""How long an asynchronous call has waited in Lambda's own queue before it ran."""

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, lambda_metric
from tocsin.alarms.settings import AlarmSettings


class AsyncEventAgeAlarm(AlarmSettings):
    """``threshold`` in milliseconds; Lambda drops an event that is six hours old."""

    enabled: bool = False
    threshold: float = Field(default=300_000, gt=0)


class AsyncEventAge(AlarmKind[AsyncEventAgeAlarm]):
    name = "async-event-age"
    settings = AsyncEventAgeAlarm
    measure = Measure("wait of calls", " ms")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "AsyncEventAge", "Maximum"),)

    def words(self, function: AlarmedFunction) -> str:
        return f"asynchronous calls waited more than {self.of(function).threshold} ms"


KIND = AsyncEventAge()
