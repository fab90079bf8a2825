"""Results and failed events that Lambda could not hand to the function's destination."""

from pydantic import Field

from tocsin.alarms.definition import Measure, MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, lambda_metric
from tocsin.alarms.settings import AlarmSettings, Severity


class DestinationFailuresAlarm(AlarmSettings):
    """``threshold`` in events: a destination that is gone, or that the role may not write to."""

    severity: Severity = "page"
    threshold: float = Field(default=0, ge=0)
    evaluation_periods: int = Field(default=1, ge=1)


class DestinationFailures(AlarmKind[DestinationFailuresAlarm]):
    name = "destination-failures"
    settings = DestinationFailuresAlarm
    measure = Measure("lost events")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "DestinationDeliveryFailures", "Sum"),)

    def words(self, function: AlarmedFunction) -> str:
        threshold = self.of(function).threshold
        return f"more than {threshold} events did not reach its destination and are lost"

    def surrounds(self, function: AlarmedFunction) -> bool:
        return bool(function.keys.get("destinations"))


KIND = DestinationFailures()
