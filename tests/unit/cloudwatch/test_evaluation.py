"""What an evaluation says: reasons, reason data, datapoints, and the alarms of real stacks."""

import json

import pytest

from tocsin.cloudwatch import Metric, MetricStore, Rule, State, alarm_from_api, evaluate, replay

M = Metric.of("T", "m")
# 2026-11-23T10:00:00Z
TEN = 1_795_428_000


def alarm(required=2, periods=2, mode="missing", threshold=5, period=60, **more):
    return alarm_from_api(
        {
            "AlarmName": "a",
            "Namespace": "T",
            "MetricName": "m",
            "Statistic": "Average",
            "Period": period,
            "EvaluationPeriods": periods,
            "DatapointsToAlarm": required,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": mode,
            **more,
        }
    )


def store(*values, period=60, end=TEN):
    """The values of the periods before ``end``, None missing."""
    result = MetricStore()
    for index, value in enumerate(values):
        if value is not None:
            result.put(M, end - (len(values) - index) * period, value)
    return result


@pytest.mark.parametrize(
    ("subject", "values", "state", "reason"),
    [
        (
            alarm(),
            [6.2, 7.1],
            State.ALARM,
            "Threshold Crossed: 2 out of the last 2 datapoints [7.1 (23/11/26 09:59:00), 6.2 "
            "(23/11/26 09:58:00)] were greater than the threshold (5.0) (minimum 2 datapoints for "
            "OK -> ALARM transition).",
        ),
        (
            alarm(),
            [7.1, 3],
            State.OK,
            "Threshold Crossed: 1 out of the last 2 datapoints [3.0 (23/11/26 09:59:00)] was not "
            "greater than the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            alarm(1, 1),
            [12345678.9],
            State.ALARM,
            "Threshold Crossed: 1 out of the last 1 datapoints [1.23456789E7 (23/11/26 09:59:00)] "
            "was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM "
            "transition).",
        ),
        (
            alarm(2, 3),
            [0, 9, 0],
            State.OK,
            "Threshold Crossed: 2 out of the last 3 datapoints [0.0 (23/11/26 09:59:00), 0.0 "
            "(23/11/26 09:57:00)] were not greater than the threshold (5.0) (minimum 2 datapoints "
            "for ALARM -> OK transition).",
        ),
        (
            alarm(mode="notBreaching"),
            [],
            State.OK,
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints "
            "were treated as [NonBreaching].",
        ),
        (
            alarm(1, 1, mode="breaching"),
            [],
            State.ALARM,
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint "
            "was treated as [Breaching].",
        ),
        (
            alarm(2, 3, mode="breaching"),
            [0, None, None, None],
            State.ALARM,
            "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints "
            "were treated as [Breaching].",
        ),
        (
            alarm(1, 3, mode="notBreaching"),
            [1, 2, None, None],
            State.OK,
            "Threshold Crossed: 2 out of the last 3 datapoints [2.0 (23/11/26 09:57:00), 1.0 "
            "(23/11/26 09:56:00)] were not greater than the threshold (5.0) and 1 missing "
            "datapoint was treated as [NonBreaching] (minimum 3 datapoints for ALARM -> OK "
            "transition).",
        ),
        (alarm(), [], State.INSUFFICIENT_DATA, "Insufficient Data: 2 datapoints were unknown."),
        (alarm(), [9], State.INSUFFICIENT_DATA, "Insufficient Data: 1 datapoint was unknown."),
    ],
)
def test_state_reason(subject, values, state, reason):
    found = evaluate(subject, store(*values), TEN, State.OK)
    assert (found.state, found.reason) == (state, reason)


def test_the_other_operators_are_worded():
    words = {
        "GreaterThanOrEqualToThreshold": "greater than or equal to",
        "LessThanThreshold": "less than",
        "LessThanOrEqualToThreshold": "less than or equal to",
    }
    for operator, text in words.items():
        found = evaluate(alarm(1, 1, ComparisonOperator=operator), store(5), TEN, State.OK)
        assert f" {text} the threshold (5.0)" in found.reason


def test_state_reason_data():
    found = evaluate(alarm(Unit="None"), store(6, 7), TEN + 5.25, State.OK)
    assert found.reason_data == {
        "version": "1.0",
        "queryDate": "2026-11-23T10:00:05.250+0000",
        "startDate": "2026-11-23T09:58:00.000+0000",
        "unit": "None",
        "statistic": "Average",
        "period": 60,
        "recentDatapoints": [6.0, 7.0],
        "threshold": 5.0,
        "evaluatedDatapoints": [
            {"timestamp": "2026-11-23T09:59:00.000+0000", "sampleCount": 1.0, "value": 7.0},
            {"timestamp": "2026-11-23T09:58:00.000+0000", "sampleCount": 1.0, "value": 6.0},
        ],
    }
    assert json.loads(json.dumps(found.reason_data)) == found.reason_data


def test_reason_data_without_datapoints_lists_the_periods_that_were_filled():
    data = evaluate(alarm(mode="breaching"), store(), TEN, State.OK).reason_data
    assert data["recentDatapoints"] == []
    assert "startDate" not in data
    assert [point["timestamp"][11:16] for point in data["evaluatedDatapoints"]] == [
        "09:59",
        "09:58",
    ]


def test_datapoints_cover_the_evaluation_range():
    found = evaluate(alarm(), store(9, None, 1, 6), TEN, State.ALARM)
    assert [(d.value, d.breaching, d.evaluated) for d in found.datapoints] == [
        (None, False, False),
        (None, False, False),
        (None, False, False),
        (9, True, False),
        (None, False, False),
        (1, False, True),
        (6, True, True),
    ]
    assert found.rule is Rule.DATAPOINTS
    assert found.changed
    assert found.record.state is State.OK
    assert found.datapoints[-1].timestamp == TEN - 60


@pytest.mark.parametrize(
    ("subject", "values", "rule"),
    [
        (alarm(), [9, 9], Rule.DATAPOINTS),
        (alarm(1, 2), [9, None], Rule.REAL_BREACHES),
        (alarm(mode="notBreaching"), [9, None], Rule.FILLED),
        (alarm(), [1, None], Rule.REAL_OK),
        (alarm(2, 2), [9, None], Rule.PREMATURE),
        (alarm(2, 2), [None, 9], Rule.TOO_EARLY),
        (alarm(), [None, None], Rule.NO_DATA),
        (alarm(mode="ignore"), [None, 9], Rule.IGNORED),
    ],
)
def test_the_rule_that_applied_is_named(subject, values, rule):
    assert evaluate(subject, store(*values), TEN, State.OK).rule is rule


def test_a_kept_state_says_why():
    found = evaluate(alarm(mode="ignore"), store(None, 9), TEN, State.ALARM)
    assert found.state is State.ALARM
    assert not found.changed
    assert "1 datapoint was received for 2 periods and missing data is ignored" in found.reason


def test_percentiles_with_few_samples_keep_the_state():
    subject = alarm(1, 1, Statistic=None, ExtendedStatistic="p90")
    ignoring = alarm(
        1, 1, Statistic=None, ExtendedStatistic="p90", EvaluateLowSampleCountPercentile="ignore"
    )
    few, enough = MetricStore(), MetricStore()
    few.put(M, TEN - 60, 9, count=99)
    enough.put(M, TEN - 60, 9, count=100)
    assert evaluate(subject, few, TEN, State.OK).state is State.ALARM
    assert evaluate(ignoring, enough, TEN, State.OK).state is State.ALARM
    for before in State:
        kept = evaluate(ignoring, few, TEN, before)
        assert kept.state is before
        assert kept.rule is Rule.LOW_SAMPLES
        assert replay(ignoring, few, TEN, TEN, before).final is before


def test_a_long_period_slides_by_the_minute():
    subject = alarm(1, 1, period=300, Statistic="Sum", threshold=4.5)
    source = MetricStore()
    for minute in range(1, 7):
        source.put(M, TEN + 60 * minute, (minute == 6 and 10) or 0)
    # minutes 2 to 6, evaluated at the end of minute 6
    found = evaluate(subject, source, TEN + 7 * 60, State.OK)
    assert found.state is State.ALARM
    assert found.datapoints[-1].timestamp == TEN + 2 * 60
    assert evaluate(subject, source, TEN + 6 * 60, State.OK).state is State.OK


def test_evaluation_times_are_whole_minutes_or_ten_seconds():
    fast = alarm(1, 1, period=10)
    source = MetricStore()
    source.put(M, TEN, 9, resolution=1)
    assert evaluate(fast, source, TEN + 19.9, State.OK).datapoints[-1].timestamp == TEN
    slow = evaluate(alarm(1, 1), source, TEN + 119, State.OK)
    assert slow.datapoints[-1].timestamp == TEN


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html#evaluate-multiday-alarm
def test_a_multi_day_alarm_sees_data_up_to_the_whole_hour():
    """The guide's example: a job fails at 10:02; 10:03 does not see it yet, 11:03 does."""
    job = alarm(1, 3, mode="notBreaching", threshold=0, period=86_400)
    failed = store()
    failed.put(M, TEN + 120, 1)
    assert evaluate(job, failed, TEN + 180, State.OK).state is State.OK
    assert evaluate(job, failed, TEN + 3600 + 180, State.OK).state is State.ALARM


def test_a_multi_day_alarm_is_evaluated_once_an_hour():
    daily = alarm(1, 2, period=86_400)
    assert daily.evaluation_interval == 3600
    assert alarm(1, 1, period=86_400).evaluation_interval == 60
    assert alarm(1, 25, period=3600).evaluation_interval == 3600
    assert alarm(1, 24, period=3600).evaluation_interval == 60
    assert replay(daily, store(), TEN - 60, TEN + 7200).times.tolist() == [
        TEN,
        TEN + 3600,
        TEN + 7200,
    ]


def test_the_guide_s_figure_three_of_three():
    """'In the figure': 3 of 3 over 3 units; ALARM from the fifth period, OK at the sixth."""
    values = [1, 1, 4, 5, 4, 2, 1, 2, 5, 1]
    source = store(*values)
    first = TEN - 60 * (len(values) - 1)
    states = replay(alarm(3, 3, threshold=3), source, first, TEN, State.OK).states
    assert [period for period, s in enumerate(states, 1) if s is State.ALARM] == [5]


def test_slic_watch_108_alarms_on_healthy_traffic():
    """``throttles / throttles + invocations`` lacks its parentheses: it is 1 + invocations."""

    def throttle_alarm(expression):
        metrics = [{"Id": "rate", "Expression": expression}]
        for id in ("throttles", "invocations"):
            metric = {"Namespace": "AWS/Lambda", "MetricName": id.title()}
            stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
            metrics.append({"Id": id, "MetricStat": stat, "ReturnData": False})
        return alarm_from_api(
            {
                "AlarmName": "throttles",
                "Metrics": metrics,
                "Threshold": 50,
                "ComparisonOperator": "GreaterThanThreshold",
                "EvaluationPeriods": 1,
                "TreatMissingData": "notBreaching",
            }
        )

    # One throttle in a thousand: 0.1 %.
    source = MetricStore()
    source.put(Metric.of("AWS/Lambda", "Invocations"), TEN - 60, 1, count=1000)
    source.put(Metric.of("AWS/Lambda", "Throttles"), TEN - 60, 1)

    wrong = evaluate(
        throttle_alarm("(throttles / throttles + invocations) * 100"), source, TEN, State.OK
    )
    assert wrong.state is State.ALARM
    assert wrong.datapoints[-1].value == 100_100

    right = evaluate(
        throttle_alarm("throttles / (throttles + invocations) * 100"), source, TEN, State.OK
    )
    assert right.state is State.OK
    assert right.datapoints[-1].value == pytest.approx(0.0999, abs=1e-4)


def test_fill_hides_a_late_datapoint():
    """The guide's warning: the newest period is the filler, so the alarm sticks."""
    base = {
        "AlarmName": "late",
        "Threshold": 0.5,
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
    }
    stat = {"Metric": {"Namespace": "T", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    metric = {"Id": "m1", "ReturnData": False, "MetricStat": stat}
    filled = alarm_from_api(
        {**base, "Metrics": [{"Id": "e1", "Expression": "FILL(m1, 0)"}, metric]}
    )
    plain = alarm_from_api({**base, "Metrics": [{**metric, "ReturnData": True}]})
    source = store(9, 9, 9, None)
    assert evaluate(filled, source, TEN, State.OK).state is State.OK
    assert evaluate(plain, source, TEN, State.OK).state is State.ALARM


def test_replay_reports_changes_and_time_in_states():
    source = store(*[9] * 3, *[1] * 4, *[9] * 3)
    found = replay(alarm(), source, TEN - 480, TEN, State.OK)
    assert [(c.at, c.old, c.new) for c in found.changes()] == [
        (TEN - 480, State.OK, State.ALARM),
        (TEN - 360, State.ALARM, State.OK),
        (TEN - 60, State.OK, State.ALARM),
    ]
    assert found.seconds_in(State.ALARM) == 4 * 60
    assert found.at(TEN - 481) is State.OK
    assert found.at(TEN - 1) is State.ALARM
    assert found.final is State.ALARM
    assert len(found) == 9


def test_an_empty_replay_keeps_the_state():
    found = replay(alarm(), store(), TEN, TEN - 60, State.ALARM)
    assert len(found) == 0
    assert found.final is State.ALARM
    assert list(found.changes()) == []
