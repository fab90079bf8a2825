"""The alarm kinds, their settings and their defaults: the one place of both.

Every class is complete with defaults; what a user writes at any level is a
partial mapping of the same keys, laid over the level below (``resolve.py``).
Key names are CloudFormation's, in the camel case of serverless.yml.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from tocsin.config.base import Settings

ComparisonOperator = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]
Severity = Literal["page", "ticket"]
"""``page`` wakes somebody, ``ticket`` can wait for the morning."""

TreatMissingData = Literal["missing", "notBreaching", "breaching", "ignore"]

_EXTENDED_STATISTIC = re.compile(r"^(p|tm|wm)(100|\d{1,2})(\.\d{1,10})?$")
_PLAIN_STATISTICS = ("Average", "Minimum", "Maximum")
QUEUE = r"^[A-Za-z0-9_-]{1,80}(\.fifo)?$"
_ONE_DAY, _ONE_WEEK, _ONE_HOUR = 86_400, 604_800, 3_600


def _valid_period(seconds: int) -> int:
    # AWS/Lambda metrics have a resolution of one minute: the high-resolution
    # periods (10, 20, 30) would give an alarm that is never evaluated.
    if seconds < 60 or seconds % 60:
        raise ValueError("a multiple of 60 (seconds)")
    return seconds


def _valid_statistic(name: str) -> str:
    if name not in _PLAIN_STATISTICS and not _EXTENDED_STATISTIC.match(name):
        raise ValueError("Average, Minimum, Maximum, or pNN, tmNN, wmNN such as p99")
    return name


Period = Annotated[int, AfterValidator(_valid_period)]
Statistic = Annotated[str, AfterValidator(_valid_statistic)]


class Alarm(Settings):
    """What all alarm kinds share."""

    enabled: bool = True
    severity: Severity = "ticket"
    threshold: float = Field(ge=0)
    period: Period = 60
    evaluation_periods: int = Field(default=2, ge=1)
    datapoints_to_alarm: int | None = Field(default=None, ge=1)
    comparison_operator: ComparisonOperator = "GreaterThanThreshold"
    treat_missing_data: TreatMissingData = "notBreaching"

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        needed = self.datapoints_to_alarm
        if needed is not None and needed > self.evaluation_periods:
            raise ValueError(
                f"datapointsToAlarm {needed} of {self.evaluation_periods} evaluationPeriods: "
                "at most as many datapoints as evaluation periods"
            )
        window = self.evaluation_periods * self.period
        limit = _ONE_WEEK if self.period >= _ONE_HOUR else _ONE_DAY
        if window > limit:
            raise ValueError(
                f"evaluationPeriods x period is {window} s: at most {limit} s for this period"
            )
        return self


class ErrorRateAlarm(Alarm):
    """Errors in percent of invocations, by metric math."""

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


class LatencyAlarm(Alarm):
    """Duration in milliseconds."""

    threshold: float = Field(default=500, gt=0)
    statistic: Statistic = "Average"


class ThrottlesAlarm(Alarm):
    """Throttled calls per period, summed."""

    severity: Severity = "page"
    threshold: float = Field(default=5, ge=0)
    evaluation_periods: int = Field(default=1, ge=1)


class TimeoutClosenessAlarm(Alarm):
    """The longest duration in percent of the function's timeout; what comes next is lost."""

    enabled: bool = False
    threshold: float = Field(default=80, gt=0, lt=100)


class ConcurrencyAlarm(Alarm):
    """Concurrent executions at most; by default four fifths of the reserved concurrency."""

    enabled: bool = False
    threshold: float | None = Field(default=None, gt=0)  # type: ignore[assignment]

    def limit(self, reserved_concurrency: int | None) -> float | None:
        """The threshold, or what the reserved concurrency makes it; None where neither is given."""
        if self.threshold is not None or reserved_concurrency is None:
            return self.threshold
        return 0.8 * reserved_concurrency


class IteratorAgeAlarm(Alarm):
    """Age in milliseconds of the last record that a stream gave the function."""

    enabled: bool = False
    threshold: float = Field(default=60_000, gt=0)


class DeadLetterDepthAlarm(Alarm):
    """Messages that wait in the queue that takes what the function gave up on."""

    enabled: bool = False
    threshold: float = Field(default=0, ge=0)
    evaluation_periods: int = Field(default=1, ge=1)
    queue: str | None = Field(default=None, pattern=QUEUE)


KINDS: dict[str, type[Alarm]] = {
    "error-rate": ErrorRateAlarm,
    "latency": LatencyAlarm,
    "throttles": ThrottlesAlarm,
    "timeout-closeness": TimeoutClosenessAlarm,
    "concurrency": ConcurrencyAlarm,
    "iterator-age": IteratorAgeAlarm,
    "dead-letter-depth": DeadLetterDepthAlarm,
}
"""Every kind by what the names of its alarms say."""


def field_of(kind: str) -> str:
    """``error-rate`` -> ``error_rate``: the attribute that holds a kind's settings."""
    return kind.replace("-", "_")
