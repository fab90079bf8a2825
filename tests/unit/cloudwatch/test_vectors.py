"""Every documented example kept as data under tests/vectors."""

import json
from pathlib import Path

import numpy as np
import pytest

from tocsin.cloudwatch import (
    Metric,
    MetricQuery,
    MetricStat,
    MetricStore,
    Series,
    State,
    alarm_from_api,
    compute,
    evaluate,
    replay,
)

VECTORS = Path(__file__).parents[2] / "vectors"
START = 1_700_000_100


def load(name):
    return json.loads((VECTORS / name).read_text())["vectors"]


def by_id(vector):
    return vector["id"]


@pytest.mark.parametrize("vector", load("alarm_evaluation.json"), ids=by_id)
@pytest.mark.parametrize("before", list(State))
def test_alarm_state(vector, before):
    alarm = alarm_from_api(
        {
            "AlarmName": vector["id"],
            "Namespace": "Docs",
            "MetricName": "m",
            "Statistic": "Average",
            "Period": vector["period"],
            "EvaluationPeriods": vector["evaluation_periods"],
            "DatapointsToAlarm": vector["datapoints_to_alarm"],
            "Threshold": vector["threshold"],
            "ComparisonOperator": vector["comparison_operator"],
            "TreatMissingData": vector["treat_missing_data"],
        }
    )
    assert alarm.evaluation_range == vector["evaluation_range"]
    store = MetricStore()
    for index, value in enumerate(vector["datapoints"]):
        if value is not None:
            store.put(Metric.of("Docs", "m"), START + index * vector["period"], value)
    end = START + len(vector["datapoints"]) * vector["period"]

    found = evaluate(alarm, store, end, before).state

    assert replay(alarm, store, end, end, before).final is found
    if vector.get("expected") == "RETAIN":
        assert found is before
    elif "expected" in vector:
        assert found == vector["expected"]
    else:
        assert found != vector["expected_not"]


class Given:
    """Series given outright, as a source."""

    def __init__(self, series):
        self.values = {
            name: np.array([np.nan if v is None else v for v in values], dtype=float)
            for name, values in series.items()
        }

    def series(self, stat, start, end):
        return Series(start, stat.period, self.values[stat.metric.name])


@pytest.mark.parametrize("vector", load("metric_math.json"), ids=by_id)
def test_metric_math(vector):
    period = vector["period"]
    queries = [
        MetricQuery(id, stat=MetricStat(Metric.of("Docs", id), period, "Sum"), return_data=False)
        for id in vector["series"]
    ]
    queries.append(MetricQuery("result", expression=vector["expression"]))
    count = len(vector["expected"])

    series = compute(queries, Given(vector["series"]), 0, count * period)["result"]

    assert [None if np.isnan(v) else v for v in series.values] == vector["expected"]
    assert list(series.timestamps) == [index * period for index in range(count)]
