"""A fortnight made by hand: 2 to 15 November 2026, UTC, whose episodes are counted below.

100 invocations a minute with 40 ms each. The error rate of the minutes from `from` to `to`:

| day | from | to | errors | 2 of 2 above 5 % |
|---|---|---|---|---|
| Mon 2 | 10:00 | 10:30 | 10 % | ALARM 10:02 (two datapoints are in), OK 10:31: 29 min |
| Wed 4 | 12:00 | 12:01 | 10 % | one datapoint: none |
| Fri 6 | 09:00 | 09:05 | 6 % | 09:02 to 09:06: 4 min |
| Fri 6 | 09:20 | 09:25 | 6 % | 09:22 to 09:26: 4 min, back within the hour |
| Fri 6 | 09:40 | 09:45 | 6 % | 09:42 to 09:46: 4 min, back within the hour |
| Tue 10 | 23:50 | 00:20 | 20 % | 23:52 to 00:21 on Wed 11: 29 min |
| Thu 12 | 02:00 | 05:00 | no calls | no datapoint: none; 180 of 20,160 minutes missing |
| Sat 14 | 08:00 | 08:30 | 10 %, every second minute | never two in a row: none |
| Sun 15 | 23:30 | 24:00 | 10 % | 23:32 until the fortnight ends: 28 min |

Error rate: 6 episodes, 6 pages, 98 minutes, 2 flaps, each detected after 120 s. The first
evaluation has its range of 4 minutes before it, so 20,156 of 20,160 minutes are evaluated: 3.0
pages a week.

A 300 s alarm on p99 of the duration, 2 of 2 above 500 ms: slow on Tue 3 from 14:00 to 14:30.
ALARM 14:10 (two datapoints), OK 14:35: 25 min, detected after 600 s.

For at most one page a week: above 6 the three of Friday are gone (3 pages, 1.5 a week); above 10
Tuesday alone is left, 0.5 a week, and five of the six are missed.
"""

from datetime import UTC, datetime

import numpy as np

from tocsin.backtest import MetricHistory
from tocsin.cloudwatch import Metric, MetricAlarm, MetricQuery, MetricStat, Series

FUNCTION = "orders-function-dev"
START = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())
END = START + 14 * 86_400
MINUTES = 14 * 1_440
CALLS = 100

# (day of November, from, to, errors in percent, every how many minutes)
FAILING = (
    (2, "10:00", "10:30", 10, 1),
    (4, "12:00", "12:01", 10, 1),
    (6, "09:00", "09:05", 6, 1),
    (6, "09:20", "09:25", 6, 1),
    (6, "09:40", "09:45", 6, 1),
    (10, "23:50", "24:20", 20, 1),
    (14, "08:00", "08:30", 10, 2),
    (15, "23:30", "24:00", 10, 1),
)
SILENT = (12, "02:00", "05:00")
SLOW = (3, "14:00", "14:30")


def stat(name: str, statistic: str, period: int = 60) -> MetricStat:
    return MetricStat(Metric.of("AWS/Lambda", name, {"FunctionName": FUNCTION}), period, statistic)


ERRORS, INVOCATIONS = stat("Errors", "Sum"), stat("Invocations", "Sum")
P99 = stat("Duration", "p99", 300)

ERROR_RATE = MetricAlarm(
    name="orders-error-rate-alarm-dev",
    queries=(
        MetricQuery("errorRate", expression="100 * errors / invocations"),
        MetricQuery("errors", stat=ERRORS, return_data=False),
        MetricQuery("invocations", stat=INVOCATIONS, return_data=False),
    ),
    threshold=5.0,
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=2,
    treat_missing_data="notBreaching",
    alarm_actions=("arn:aws:sns:us-east-1:123456789012:alerts-topic-dev",),
)
LATENCY = MetricAlarm(
    name="orders-latency-alarm-dev",
    queries=(MetricQuery("m1", stat=P99),),
    threshold=500.0,
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=2,
    treat_missing_data="notBreaching",
)


def at(day: int, time: str) -> int:
    """Epoch seconds of a time of November 2026; 24:20 is 00:20 of the next day."""
    hour, minute = map(int, time.split(":"))
    return int(datetime(2026, 11, day, tzinfo=UTC).timestamp()) + hour * 3_600 + minute * 60


def history() -> MetricHistory:
    invocations = np.full(MINUTES, float(CALLS))
    errors = np.zeros(MINUTES)
    for day, begin, end, percent, every in FAILING:
        errors[_minutes(day, begin, end)][::every] = percent * CALLS / 100
    for values in (invocations, errors):
        values[_minutes(*SILENT)] = np.nan
    duration = np.full(MINUTES // 5, 40.0)
    duration[_minutes(*SLOW, period=300)] = 900.0
    duration[_minutes(*SILENT, period=300)] = np.nan
    return MetricHistory(
        START,
        END,
        {
            ERRORS: Series(START, 60, errors),
            INVOCATIONS: Series(START, 60, invocations),
            P99: Series(START, 300, duration),
        },
    )


def _minutes(day: int, begin: str, end: str, period: int = 60) -> slice:
    return slice((at(day, begin) - START) // period, (at(day, end) - START) // period)
