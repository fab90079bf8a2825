"""What the settings of all alarm kinds share.

The settings of a kind are complete with defaults; what a user writes at any level is a partial
mapping of the same keys, laid over the level below (``tocsin/config/levels.py``). Key names
are CloudFormation's, in the camel case of serverless.yml.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from tocsin.strict_model import StrictModel

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


class AlarmSettings(StrictModel):
    """The keys that every kind has; a kind narrows them and adds its own."""

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
