"""Events of asynchronous callers that Lambda gave up on: they are lost."""

from pydantic import Field

from tocsin.alarms.definition import AlarmDefinition, Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, lambda_metric, may_be_asynchronous
from tocsin.alarms.settings import AlarmSettings, Severity


class AsyncEventsDroppedAlarm(AlarmSettings):
    """``threshold`` in events; Lambda drops one after its last try, or when it is too old."""

    severity: Severity = "page"
    threshold: float = Field(default=0, ge=0)
    evaluation_periods: int = Field(default=1, ge=1)


class AsyncEventsDropped(AlarmKind[AsyncEventsDroppedAlarm]):
    name = "async-events-dropped"
    settings = AsyncEventsDroppedAlarm
    measure = Measure("lost events")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "AsyncEventsDropped", "Sum"),)

    def words(self, function: AlarmedFunction) -> str:
        return f"more than {self.of(function).threshold} events were given up on and are lost"

    def definitions(
        self, function: AlarmedFunction, suffix: str, stage: str
    ) -> tuple[AlarmDefinition, ...]:
        """None where nothing among its ``events`` calls it asynchronously."""
        if not may_be_asynchronous(function):
            return ()
        return super().definitions(function, suffix, stage)


KIND = AsyncEventsDropped()
