"""Errors in percent of invocations, by metric math."""

from pydantic import Field

from tocsin.alarms.definition import MetricRead
from tocsin.alarms.kind import AlarmedFunction, AlarmKind, Mark, lambda_metric
from tocsin.alarms.settings import AlarmSettings, Severity


class ErrorRateAlarm(AlarmSettings):
    """``threshold`` in percent."""

    severity: Severity = "page"
    threshold: float = Field(default=5, ge=0, lt=100)
    # Below this many invocations a period counts as healthy: one failure in a
    # quiet minute would read as 100 %. 1 is off, so that by default a function
    # with one call a minute is still seen to fail.
    minimum_invocations: int = Field(default=1, ge=1)

    @property
    def expression(self) -> str:
        """The metric math over ``errors`` and ``invocations``; a quiet period has no datapoint."""
        rate = "100 * errors / invocations"
        if self.minimum_invocations == 1:
            return rate
        return f"IF(invocations >= {self.minimum_invocations}, {rate}, 0)"


class ErrorRate(AlarmKind[ErrorRateAlarm]):
    name = "error-rate"
    settings = ErrorRateAlarm
    fired_by = "exception"

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (
            lambda_metric(function, "Errors", "Sum", id="errors"),
            lambda_metric(function, "Invocations", "Sum", id="invocations"),
        )

    def words(self, function: AlarmedFunction) -> str:
        return f"error rate above {self.of(function).threshold} %"

    def expression(self, function: AlarmedFunction) -> tuple[str, str, str]:
        return "errorRate", "Error rate (%)", self.of(function).expression

    def mark(self, function: AlarmedFunction) -> Mark:
        return Mark("traffic", "error rate", " %", self.threshold(function), "right")


KIND = ErrorRate()
