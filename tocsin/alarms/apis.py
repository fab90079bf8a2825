"""Alarms on the API that functions of a stack are called through: kinds that are of no function.

An API sees what no function does: calls that it could not hand on, and those that took longer than
it waits. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html and
api-gateway-metrics-and-dimensions.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from tocsin import names
from tocsin.alarms.definition import AlarmDefinition, Measure, MetricRead
from tocsin.alarms.settings import AlarmSettings, Statistic, TreatMissingData

NAMESPACE = "AWS/ApiGateway"


class ApiErrorsAlarm(AlarmSettings):
    """``threshold`` in percent of the calls; a period with fewer than ``minimum_errors`` is well.

    A ticket: what fails in a function pages by the function's own error rate.
    """

    threshold: float = Field(default=5, ge=0, lt=100)
    period: int = 300
    evaluation_periods: int = Field(default=3, ge=1)
    datapoints_to_alarm: int | None = Field(default=2, ge=1)
    treat_missing_data: TreatMissingData = "ignore"
    minimum_errors: int = Field(default=3, ge=1)

    @property
    def expression(self) -> str:
        """The metric math over ``errors`` and ``calls``."""
        return f"IF(errors >= {self.minimum_errors}, 100 * errors / calls, 0)"


class ApiLatencyAlarm(AlarmSettings):
    """``threshold`` in milliseconds, from the call's arrival to its answer."""

    threshold: float = Field(default=5_000, gt=0)
    period: int = 300
    statistic: Statistic = "p99"


API_KINDS: dict[str, type[AlarmSettings]] = {
    "api-errors": ApiErrorsAlarm,
    "api-latency": ApiLatencyAlarm,
}
"""Their names, as in messages and the runbook; in monitoring.yml ``apiErrors``, ``apiLatency``."""


@dataclass(frozen=True)
class Api:
    """An API of API Gateway; ``errors`` is what its metric of answers 5xx is called."""

    key: str
    errors: str
    dimensions: dict[str, str]

    def alarms(
        self, settings: Mapping[str, AlarmSettings], suffix: str, stage: str
    ) -> tuple[AlarmDefinition, ...]:
        """Those of the kinds that ``settings`` enable."""
        found = []
        errors, latency = settings["api-errors"], settings["api-latency"]
        if isinstance(errors, ApiErrorsAlarm) and errors.enabled:
            found.append(self._errors(errors, suffix, stage))
        if isinstance(latency, ApiLatencyAlarm) and latency.enabled:
            found.append(self._latency(latency, suffix, stage))
        return tuple(found)

    def _errors(self, settings: ApiErrorsAlarm, suffix: str, stage: str) -> AlarmDefinition:
        reads = (
            self._read(self.errors, "Sum", "errors"),
            self._read("Count", "Sum", "calls"),
        )
        words = f"more than {settings.threshold:g} % of its calls are answered with 5xx"
        measure = Measure("calls answered with 5xx", " %")
        return self._definition(
            "api-errors", words, settings, suffix, stage, reads, measure, settings.expression
        )

    def _latency(self, settings: ApiLatencyAlarm, suffix: str, stage: str) -> AlarmDefinition:
        words = f"{settings.statistic} latency above {settings.threshold:g} ms"
        reads = (self._read("Latency", settings.statistic, "metric"),)
        measure = Measure("latency", " ms")
        return self._definition("api-latency", words, settings, suffix, stage, reads, measure)

    def _read(self, metric: str, statistic: str, id: str) -> MetricRead:
        return MetricRead(NAMESPACE, metric, statistic, self.dimensions, id)

    def _definition(
        self,
        kind: str,
        what: str,
        settings: AlarmSettings,
        suffix: str,
        stage: str,
        reads: tuple[MetricRead, ...],
        measure: Measure,
        expression: str = "",
    ) -> AlarmDefinition:
        return AlarmDefinition(
            kind=kind,
            variant=kind,
            subject=self.key,
            name=names.api_alarm(self.key, kind, suffix),
            logical_id=f"{names.camel(self.key)}{names.camel(kind)}Alarm",
            what=what,
            anchor=kind,
            command=f"invoke errors --stage {stage}",
            severity=settings.severity,
            threshold=settings.threshold,
            period=settings.period,
            evaluation_periods=settings.evaluation_periods,
            datapoints_to_alarm=settings.datapoints_to_alarm or settings.evaluation_periods,
            comparison_operator=settings.comparison_operator,
            treat_missing_data=settings.treat_missing_data,
            reads=reads,
            expression=expression,
            expression_id="errorRate" if expression else "",
            label="Calls answered with 5xx (%)" if expression else "",
            measure=measure,
        )
