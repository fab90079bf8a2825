"""No call within the cadence of the function's schedules: it did not run.

Many short periods in place of one long one, for missing data counts as a breach only when the
whole range that CloudWatch fetches is empty: one period of a day rings three days after the last
run. A warm-up keeps a new alarm silent until its first run was due.
"""

from dataclasses import replace

from pydantic import Field

from tocsin.alarms.definition import AlarmDefinition, Measure, MetricRead
from tocsin.alarms.kind import (
    ARRIVES_AFTER_S,
    LONGEST_TIMEOUT_S,
    AlarmedFunction,
    AlarmKind,
    lambda_metric,
)
from tocsin.alarms.settings import (
    AlarmSettings,
    ComparisonOperator,
    Severity,
    TreatMissingData,
)
from tocsin.schedules import schedule_of

_SHORT_S, _LONG_S = 300, 3_600
_DAY_S, _WEEK_S = 86_400, 604_800
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_WarmUpConfiguration.html
_LONGEST_WARM_UP_MIN = 2_880


class HeartbeatAlarm(AlarmSettings):
    """``threshold`` in calls; ``slack``: seconds that a run may be late beyond what is known.

    Period and evaluation periods follow from the schedules.
    """

    severity: Severity = "page"
    threshold: float = Field(default=1, gt=0)
    comparison_operator: ComparisonOperator = "LessThanThreshold"
    treat_missing_data: TreatMissingData = "breaching"
    slack: int = Field(default=0, ge=0, le=_DAY_S)


class Heartbeat(AlarmKind[HeartbeatAlarm]):
    name = "heartbeat"
    settings = HeartbeatAlarm
    measure = Measure("runs")

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (lambda_metric(function, "Invocations", "Sum"),)

    def words(self, function: AlarmedFunction) -> str:
        return "it did not run when its schedule was due"

    def definitions(
        self, function: AlarmedFunction, suffix: str, stage: str
    ) -> tuple[AlarmDefinition, ...]:
        """None without a schedule, and for one that leaves more than CloudWatch looks back."""
        silent = self.longest_silence(function)
        if silent is None:
            return ()
        period = _SHORT_S if silent <= _DAY_S else _LONG_S
        periods = -(-silent // period)
        if periods * period > _WEEK_S:
            return ()
        alarm = self._definition(function, suffix, stage)
        # What is fetched beyond the evaluated periods is waited for, too.
        warm_up = -(-silent // 60) + max(2 * period, _SHORT_S) // 60
        return (
            replace(
                alarm,
                period=period,
                evaluation_periods=periods,
                datapoints_to_alarm=periods,
                warm_up_minutes=min(warm_up, _LONGEST_WARM_UP_MIN),
            ),
        )

    def longest_silence(self, function: AlarmedFunction) -> int | None:
        """Seconds without a call's metrics that are no fault; None without a schedule."""
        on_schedule = schedule_of(function.events)
        if on_schedule is None:
            return None
        longest_call = function.timeout or LONGEST_TIMEOUT_S
        return on_schedule.gap + longest_call + ARRIVES_AFTER_S + self.of(function).slack


KIND = Heartbeat()
