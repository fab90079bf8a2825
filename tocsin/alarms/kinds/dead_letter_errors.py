"""Events that Lambda gave up on and could not put into the function's dead-letter queue."""

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, lambda_metric
from tocsin.alarms.settings import AlarmSettings, Severity


class DeadLetterErrorsAlarm(AlarmSettings):
    """``threshold`` in events: a queue that is gone, too small for them, or without permission."""

    severity: Severity = "page"
    threshold: float = Field(default=0, ge=0)
    evaluation_periods: int = Field(default=1, ge=1)


class DeadLetterErrors(AlarmKind[DeadLetterErrorsAlarm]):
    name = "dead-letter-errors"
    settings = DeadLetterErrorsAlarm
    measure = Measure("lost events")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "DeadLetterErrors", "Sum"),)

    def words(self, function: AlarmedFunction) -> str:
        threshold = self.of(function).threshold
        return f"more than {threshold} events did not reach its dead-letter queue and are lost"

    def surrounds(self, function: AlarmedFunction) -> bool:
        return bool(function.keys.get("onError"))


KIND = DeadLetterErrors()
