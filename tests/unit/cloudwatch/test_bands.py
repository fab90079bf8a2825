"""Alarms on an anomaly detection band that is given as series."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tocsin.cloudwatch import (
    Banded,
    Metric,
    MetricStore,
    NotEvaluatedError,
    RefusedDefinition,
    State,
    Transition,
    alarm_from_api,
    alarm_to_api,
    evaluate,
    eventbridge_event,
    replay,
    sns_message,
)

CALLS, LOWER, UPPER = (Metric.of("App", name) for name in ("Calls", "low", "high"))
START = 1_700_000_040
OUTSIDE = "LessThanLowerOrGreaterThanUpperThreshold"


def api(operator=OUTSIDE, period=60, **more):
    stat = {"Metric": {"Namespace": "App", "MetricName": "Calls"}, "Period": period, "Stat": "Sum"}
    return {
        "AlarmName": "unusual",
        "Metrics": [
            {"Id": "m1", "MetricStat": stat, "ReturnData": True},
            {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "ReturnData": True},
        ],
        "ThresholdMetricId": "ad1",
        "ComparisonOperator": operator,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        **more,
    }


def source(values, lower=2, upper=8):
    """One-minute series from START on; None is missing, a number as bound holds throughout."""
    store = MetricStore()
    for metric, series in ((CALLS, values), (LOWER, lower), (UPPER, upper)):
        points = series if isinstance(series, list) else [series] * len(values)
        for index, value in enumerate(points):
            if value is not None:
                store.put(metric, START + 60 * index, value)
    return Banded(store, {CALLS: (LOWER, UPPER)})


@pytest.mark.parametrize(
    ("operator", "value", "state", "reason"),
    [
        (
            "GreaterThanUpperThreshold",
            9,
            "ALARM",
            "was greater than the upper thresholds [8.0] (minimum 1 datapoint for OK -> ALARM",
        ),
        ("GreaterThanUpperThreshold", 1, "OK", "was not greater than the upper thresholds [8.0] ("),
        ("LessThanLowerThreshold", 1, "ALARM", "was less than the lower thresholds [2.0] ("),
        ("LessThanLowerThreshold", 9, "OK", "was not less than the lower thresholds [2.0] ("),
        (
            OUTSIDE,
            5,
            "OK",
            "was not less than the lower thresholds [2.0] or not greater than the upper thresholds "
            "[8.0] (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (OUTSIDE, 1, "ALARM", "was less than the lower thresholds [2.0] or greater than the upper"),
        (OUTSIDE, 8, "OK", "[8.0]"),
    ],
)
def test_a_value_against_the_band(operator, value, state, reason):
    """The words are those of messages that were published (2021)."""
    alarm = alarm_from_api(api(operator))
    found = evaluate(alarm, source([value]), START + 60, State.OK)
    assert found.state == state
    assert found.reason.startswith(f"Thresholds Crossed: 1 out of the last 1 datapoints [{value}.0")
    assert reason in found.reason


def test_reason_data_has_the_bounds_in_place_of_a_threshold():
    """As in a published event of 2024."""
    alarm = alarm_from_api(api("GreaterThanUpperThreshold"))
    data = evaluate(alarm, source([9]), START + 60, State.OK).reason_data
    assert "threshold" not in data
    assert data["recentUpperThresholds"] == [8.0]
    assert "recentLowerThresholds" not in data
    assert [(point["value"], point["threshold"]) for point in data["evaluatedDatapoints"]] == [
        (9.0, 8.0)
    ]


def test_a_datapoint_without_a_band_is_missing():
    alarm = alarm_from_api(api(TreatMissingData="notBreaching"))
    assert evaluate(alarm, source([9], upper=[None]), START + 60, State.OK).state is State.OK


@given(data=st.data())
@settings(max_examples=examples(60))
def test_replay_agrees_with_evaluate(data):
    number = st.none() | st.integers(0, 9)
    values, lower, upper = (data.draw(st.lists(number, min_size=20, max_size=20)) for _ in range(3))
    periods = data.draw(st.integers(1, 4))
    alarm = alarm_from_api(
        api(
            data.draw(st.sampled_from([OUTSIDE, "LessThanLowerThreshold"])),
            EvaluationPeriods=periods,
            DatapointsToAlarm=data.draw(st.integers(1, periods)),
            TreatMissingData=data.draw(st.sampled_from(["missing", "ignore", "breaching"])),
        )
    )
    given_source = source(values, lower, upper)
    late = data.draw(st.sampled_from([0, 1]))
    state, expected = State.OK, []
    for minute in range(1, 21):
        # A late window is one in which the newest period has no value.
        at = START + 60 * minute
        seen = source(values[: minute - 1], lower, upper) if late else given_source
        state = evaluate(alarm, seen, at, state).state
        expected.append(state)
    replayed = replay(alarm, given_source, START + 60, START + 1200, State.OK, late_periods=late)
    assert replayed.states == expected


def test_without_a_band_it_is_not_evaluated():
    alarm = alarm_from_api(api())
    for nothing in (MetricStore(), Banded(MetricStore(), {})):
        with pytest.raises(NotEvaluatedError, match="no band of App Calls"):
            evaluate(alarm, nothing, START, State.OK)
        with pytest.raises(NotEvaluatedError, match="no band of App Calls"):
            replay(alarm, nothing, START, START + 60)


def test_the_definition_comes_back():
    alarm = alarm_from_api(api())
    described = alarm_to_api(alarm)
    assert described["ThresholdMetricId"] == "ad1"
    assert "Threshold" not in described
    assert [query["Id"] for query in described["Metrics"]] == ["m1", "ad1"]
    assert alarm_to_api(alarm_from_api(described)) == described


def test_messages_show_both_entries_and_no_threshold():
    """As in a message published in 2021."""
    alarm = alarm_from_api(api())
    found = evaluate(alarm, source([9]), START + 60, State.OK)
    change = Transition.initial(found.record)
    trigger = json.loads(sns_message(alarm, change, "1" * 12, "eu-west-1")[1])["Trigger"]
    assert trigger["ThresholdMetricId"] == "ad1"
    assert "Threshold" not in trigger
    assert [(entry["Id"], entry["ReturnData"]) for entry in trigger["Metrics"]] == [
        ("m1", True),
        ("ad1", True),
    ]
    event = eventbridge_event(alarm, change, "1" * 12, "eu-west-1")
    assert [entry["id"] for entry in event["detail"]["configuration"]["metrics"]] == ["m1", "ad1"]


@pytest.mark.parametrize(
    ("changes", "says", "kind"),
    [
        ({"Threshold": 5}, "Threshold: given beside ThresholdMetricId", RefusedDefinition),
        (
            {"ComparisonOperator": "GreaterThanThreshold"},
            "accepted: LessThanLower",
            RefusedDefinition,
        ),
        ({"ThresholdMetricId": "m1"}, "the Id of an expression", RefusedDefinition),
    ],
)
def test_what_is_refused(changes, says, kind):
    with pytest.raises(kind, match=says):
        alarm_from_api(api() | changes)


def test_the_band_of_an_expression_is_not_evaluated():
    asked = api()
    asked["Metrics"][1]["Expression"] = "ANOMALY_DETECTION_BAND(m1 * 2, 2)"
    with pytest.raises(NotEvaluatedError, match="the band of the alarm's one metric"):
        alarm_from_api(asked)


def test_the_bounds_may_move():
    alarm = alarm_from_api(api())
    moving = source([5] * 12, lower=[2] * 6 + [6] * 6, upper=[8] * 12)
    states = replay(alarm, moving, START + 60, START + 720, State.OK).states
    assert states == [State.OK] * 6 + [State.ALARM] * 6
    assert np.all(replay(alarm, moving, START + 60, START + 60).codes == 0)
