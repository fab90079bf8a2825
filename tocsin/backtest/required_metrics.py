"""Which series alarms read, at which resolution, and for how long CloudWatch has kept it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from collections.abc import Sequence

from tocsin.backtest.metric_history import DAY_S
from tocsin.cloudwatch import MetricAlarm, MetricStat
from tocsin.counted import counted
from tocsin.exceptions import InputError

MINUTE_S = 60

# Datapoints of a shorter period than this are gone after that long.
RETENTION = ((60, 3 * 3_600), (300, 15 * DAY_S), (3_600, 63 * DAY_S))
LONGEST_RETENTION = 455 * DAY_S
LOCAL_RETENTION = 15 * DAY_S
"""A local stage's, whatever the period."""

# Statistics of a longer period that minutes can be put together to.
_FROM_MINUTES = {
    "Sum": ("Sum",),
    "SampleCount": ("SampleCount",),
    "Minimum": ("Minimum",),
    "Maximum": ("Maximum",),
    "Average": ("Sum", "SampleCount"),
}


def kept_for(period: int, is_local: bool = False) -> int:
    """For how many seconds CloudWatch keeps datapoints of ``period`` seconds."""
    if is_local:
        return LOCAL_RETENTION
    return next((kept for below, kept in RETENTION if period < below), LONGEST_RETENTION)


def _age(days: int) -> int:
    """How old the first datapoint may be of a history of ``days`` and today."""
    return (days + 1) * DAY_S


def refuse_what_is_gone(alarms: Sequence[MetricAlarm], days: int, is_local: bool = False) -> None:
    """Replaying what CloudWatch no longer has would read as "never fired".

    Raises:
        InputError: for an alarm whose period's datapoints are not kept for ``days``.
    """
    gone = [alarm for alarm in alarms if kept_for(alarm.period, is_local) < _age(days)]
    if not gone:
        return
    shortest = min(gone, key=lambda series: series.period)
    most = kept_for(shortest.period, is_local) // DAY_S - 1
    accepted = f"at most {most}" if most > 0 else "a --function without alarms of such periods"
    kept_by = "a local stage" if is_local else "CloudWatch"
    names = ", ".join(metric.name for metric in gone[:3]) + (", ..." if len(gone) > 3 else "")
    raise InputError(
        f"--days: found {days}; accepted: {accepted}, for {kept_by} keeps datapoints of "
        f"{shortest.period} s no longer ({counted(len(gone), 'alarm')}: {names})"
    )


def needed(alarms: Sequence[MetricAlarm], days: int) -> tuple[MetricStat, ...]:
    """The statistics to fetch for ``alarms``, each once.

    The windows of a long period slide by the minute, so its datapoints are wanted from minutes
    where there still are minutes and the statistic can be put together from them.
    """
    found: dict[MetricStat, None] = {}
    minutes_kept = _age(days) <= kept_for(MINUTE_S)
    for alarm in alarms:
        stats = [query.stat for query in alarm.queries if query.stat is not None]
        by_minute = (
            minutes_kept
            and alarm.period > MINUTE_S
            and all(stat.stat in _FROM_MINUTES for stat in stats)
        )
        for stat in stats:
            names = _FROM_MINUTES[stat.stat] if by_minute else (stat.stat,)
            period = MINUTE_S if by_minute else stat.period
            for name in names:
                found[MetricStat(stat.metric, period, name, stat.unit)] = None
        if alarm.evaluate_low_sample_count_percentile == "ignore" and alarm.single is not None:
            single = alarm.single
            found[MetricStat(single.metric, single.period, "SampleCount", single.unit)] = None
    return tuple(found)
