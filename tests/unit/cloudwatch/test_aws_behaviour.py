"""What AWS was seen or documented to do: every case under tests/vectors/aws_behaviour.

Each case names its source. Cases of templates are in tests/unit/scenarios.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tocsin.cloudwatch import (
    CompositeAlarm,
    Metric,
    MetricQuery,
    MetricStat,
    MetricStore,
    State,
    StateRecord,
    Transition,
    alarm_from_api,
    alarm_to_api,
    compute,
    evaluate,
    evaluate_composite,
    replay,
    sns_message,
)

VECTORS = Path(__file__).parents[2] / "vectors" / "aws_behaviour"


def cases(name):
    return [
        pytest.param(vector["input"], vector["expected"], id=vector["id"])
        for vector in json.loads((VECTORS / name).read_text())["vectors"]
    ]


def epoch(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()


def put(store, metric, samples, resolution=60):
    for time, value, *unit in samples:
        store.put(metric, epoch(time), value, unit=unit[0] if unit else None, resolution=resolution)


@pytest.mark.parametrize(("given", "expected"), cases("evaluations.json"))
def test_an_evaluation(given, expected):
    alarm = alarm_from_api(given["alarm"])
    store = MetricStore()
    put(store, alarm.single.metric, given["samples"], 1 if alarm.period < 60 else 60)
    at, before = epoch(given["at"]), State(given["state"])

    found = evaluate(alarm, store, at, before)

    assert found.state == expected.get("state", found.state)
    assert found.reason == expected.get("reason", found.reason)
    points = found.reason_data["evaluatedDatapoints"]
    assert points == expected.get("evaluatedDatapoints", points)
    end = at // alarm.evaluation_interval * alarm.evaluation_interval
    assert replay(alarm, store, end, end, before).final is found.state


@pytest.mark.parametrize(("given", "expected"), cases("descriptions.json"))
def test_a_description(given, expected):
    described = alarm_to_api(alarm_from_api(given["alarm"]))

    assert not described.keys() & set(expected.get("absent", ()))
    assert described.items() >= expected.get("present", {}).items()


@pytest.mark.parametrize(("given", "expected"), cases("messages.json"))
def test_a_message(given, expected):
    alarm = alarm_from_api(given["alarm"])
    change = Transition.initial(StateRecord(State.ALARM, "testing", 1_700_000_000))

    body = json.loads(sns_message(alarm, change, "111111111111", "us-east-1")[1])

    assert body["Trigger"] == expected["trigger"]


@pytest.mark.parametrize(("given", "expected"), cases("composites.json"))
def test_a_composite_alarm(given, expected):
    children = {
        name: StateRecord(State(state), "", epoch(since))
        for name, (state, since) in given["children"].items()
    }
    alarm = CompositeAlarm("composite", given["rule"])

    found = evaluate_composite(
        alarm, children, epoch(given["at"]), State(given["state"]), put=given.get("put")
    )

    assert found.state == expected["state"]
    assert expected.get("reason_contains", "") in found.reason
    named = [child["arn"] for child in found.reason_data["triggeringAlarms"]]
    assert named == expected.get("triggering", named)


@pytest.mark.parametrize(("given", "expected"), cases("metric_math.json"))
def test_metric_math(given, expected):
    store, period = MetricStore(), given["period"]
    queries = []
    for id, samples in given["samples"].items():
        metric = Metric.of("App", id)
        put(store, metric, samples)
        wanted = given["expression"] is None and not queries
        queries.append(MetricQuery(id, stat=MetricStat(metric, period, "Sum"), return_data=wanted))
    if given["expression"] is not None:
        queries.append(MetricQuery("result", expression=given["expression"]))

    (series,) = compute(queries, store, epoch(given["start"]), epoch(given["end"])).values()

    assert [None if np.isnan(value) else value for value in series.values] == expected["values"]
