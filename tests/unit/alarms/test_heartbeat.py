"""A schedule that does not run: no false alarm in a year's worth of runs, one for what stops."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.conftest import seldom, some
from tests.unit.alarms.test_kinds import FUNCTION
from tocsin.alarms import KINDS
from tocsin.cloudwatch import Metric, MetricAlarm, MetricStore, State, Watch, alarm_from_api
from tocsin.schedules import due_times, schedule_of

MINUTE, HOUR, DAY = 60, 3_600, 86_400
HOURS = timedelta(hours=3)
HEARTBEAT = KINDS["heartbeat"]
INVOCATIONS = Metric.of("AWS/Lambda", "Invocations", {"FunctionName": FUNCTION.name})


def on(*rates: str, zone: str | None = None, timeout: int = 6, **more):
    written = {"rate": list(rates), **more}
    if zone is not None:
        written |= {"method": "scheduler", "timezone": zone}
    return replace(FUNCTION, timeout=timeout, events=({"schedule": written},))


def alarm_of(function) -> MetricAlarm:
    (found,) = HEARTBEAT.definitions(function, "dev", "dev")
    (read,) = found.reads
    return alarm_from_api(
        {
            "AlarmName": found.name,
            "Namespace": read.namespace,
            "MetricName": read.metric,
            "Dimensions": read.cloudformation_dimensions,
            "Statistic": read.statistic,
            "Period": found.period,
            "EvaluationPeriods": found.evaluation_periods,
            "DatapointsToAlarm": found.datapoints_to_alarm,
            "Threshold": found.threshold,
            "ComparisonOperator": found.comparison_operator,
            "TreatMissingData": found.treat_missing_data,
            "WarmUpConfiguration": {
                "WarmUpPeriodDurationInMinutes": found.warm_up_minutes,
                "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True,
            },
        }
    )


def changes(function, runs, start, end, takes=0):
    """(time, state) of each change; metrics come three minutes after a run that ``takes`` so long.

    The alarm is made at ``start``.
    """
    alarm = alarm_of(function)
    store, watch = MetricStore(), Watch(alarm)
    waiting = [run for run in runs if run >= start - timedelta(seconds=alarm.period)]
    begin = int(start.timestamp()) + alarm.warm_up_minutes * MINUTE
    step = max(alarm.evaluation_interval, 5 * MINUTE)
    instants = range(-(-begin // step) * step, int(end.timestamp()) + 1, step)
    for at in instants:
        while waiting and waiting[0].timestamp() + takes + 3 * MINUTE <= at:
            store.put(INVOCATIONS, waiting.pop(0).timestamp(), 1)
        watch.look(store, at)
    states = [State.INSUFFICIENT_DATA, *watch.states(State.INSUFFICIENT_DATA)]
    return [
        (datetime.fromtimestamp(at, UTC), state)
        for at, before, state in zip(instants, states, states[1:], strict=False)
        if state is not before
    ]


SCHEDULES = [
    (("rate(1 minute)",), None, 6, timedelta(hours=3)),
    (("rate(5 minutes)",), None, 6, timedelta(hours=6)),
    (("rate(1 hour)",), None, 900, timedelta(days=1)),
    (("rate(12 hours)",), None, 60, timedelta(days=4)),
    (("rate(1 day)",), None, 900, timedelta(days=8)),
    (("cron(30 3 * * ? *)",), "Europe/Berlin", 60, timedelta(days=12)),
    (("cron(30 2 * * ? *)",), "America/New_York", 60, timedelta(days=12)),
    (("cron(0 8 ? * MON-FRI *)",), "Europe/Berlin", 6, timedelta(days=12)),
    (("cron(0/30 8-17 ? * MON-FRI *)",), None, 6, timedelta(days=12)),
    (("cron(0 6 * * ? *)", "cron(0 18 * * ? *)"), None, 6, timedelta(days=4)),
]
# Over the clock changes of both zones, and beginning on a Sunday.
BEGINS = (datetime(2027, 3, 7, 21, 4, tzinfo=UTC), datetime(2027, 10, 24, 1, 17, tzinfo=UTC))


@pytest.mark.parametrize("start", seldom(BEGINS, 2), ids=["spring", "autumn"])
@pytest.mark.parametrize(("rates", "zone", "timeout", "span"), some(SCHEDULES, 3), ids=str)
def test_what_runs_rings_nothing_from_its_first_deploy_on(
    rates, zone, timeout, span, start
) -> None:
    function = on(*rates, zone=zone, timeout=timeout)
    on_schedule = schedule_of(function.events)
    end = start + span
    # A rate runs for the first time one gap after it was made.
    first = start + timedelta(seconds=on_schedule.gap if "rate" in rates[0] else 0)
    runs = sorted(at for one in on_schedule.schedules for at in due_times(one, first, end))
    assert [state for _, state in changes(function, runs, start, end, timeout)] == [State.OK]


@pytest.mark.parametrize(("rates", "zone", "timeout", "span"), some(SCHEDULES, 3), ids=str)
def test_what_stops_rings_once_and_is_over_with_the_next_run(rates, zone, timeout, span) -> None:
    start = BEGINS[0]
    function = on(*rates, zone=zone, timeout=timeout)
    on_schedule = schedule_of(function.events)
    gap = timedelta(seconds=on_schedule.gap)
    # It stops once it has been seen, for as long as three of its gaps and some hours.
    stop = start + timedelta(minutes=alarm_of(function).warm_up_minutes) + gap + HOURS
    again = stop + 3 * gap + HOURS
    end = again + gap + HOURS
    runs = sorted(at for one in on_schedule.schedules for at in due_times(one, start, end))
    ran = [at for at in runs if at < stop or at >= again]
    last = max(at for at in ran if at < stop)
    back = min(at for at in ran if at >= again)
    found = changes(function, ran, start, back + HOURS)
    assert [state for _, state in found] == [State.OK, State.ALARM, State.OK]
    alarm = alarm_of(function)
    late = found[1][0] - last - gap
    # Time-out, three minutes, what is fetched beyond the periods, and the next evaluation.
    beyond = (alarm.evaluation_range - alarm.evaluation_periods + 1) * alarm.period
    most = timeout + 3 * MINUTE + beyond + alarm.evaluation_interval + 10 * MINUTE
    assert timedelta() < late <= timedelta(seconds=most)
    assert found[2][0] - back <= timedelta(hours=1, minutes=5)


def test_no_schedule_no_heartbeat() -> None:
    for events in ((), ({"httpApi": "*"},), ({"schedule": {"rate": ["x"]}},)):
        assert HEARTBEAT.definitions(replace(FUNCTION, events=events), "dev", "dev") == ()
    assert HEARTBEAT.definitions(on("rate(1 hour)", enabled=False), "dev", "dev") == ()


def test_what_cloudwatch_does_not_look_back_to_has_none() -> None:
    for rate in ("rate(7 days)", "cron(0 8 ? * MON *)", "cron(0 8 1 * ? *)"):
        assert HEARTBEAT.definitions(on(rate), "dev", "dev") == ()


@pytest.mark.parametrize("minutes", [1, 5, 59, 60, 600, 1_380, 1_440, 2_880, 8_640])
def test_its_window_is_within_cloudwatchs_limits(minutes) -> None:
    (found,) = HEARTBEAT.definitions(on(f"rate({minutes} minutes)"), "dev", "dev")
    window = found.period * found.evaluation_periods
    assert minutes * MINUTE < window <= (7 * DAY if found.period >= HOUR else DAY)
    assert found.warm_up_minutes <= 2_880


def test_slack_is_waited_for() -> None:
    lenient = HEARTBEAT.settings.model_validate({"slack": HOUR})
    function = on("rate(1 hour)")
    patient = replace(function, alarm_settings={**FUNCTION.alarm_settings, "heartbeat": lenient})
    windows = [
        found.period * found.evaluation_periods
        for one in (function, patient)
        for found in HEARTBEAT.definitions(one, "dev", "dev")
    ]
    (before, after), *_ = pairwise(windows)
    assert after - before == HOUR
