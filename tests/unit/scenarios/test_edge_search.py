"""The input at which an alarm begins to fire: found, and without a look at every datapoint."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import slow
from tocsin.cloudwatch import replay
from tocsin.scenarios import alarms_of, edge_search, prove
from tocsin.scenarios.edge_search import Trial
from tocsin.scenarios.synthetic_traffic import Period

LONG = [
    ("100 * e / i", 5, "missing"),
    ("100 * e / AVG(i)", 5, "missing"),
    ("100 * e / AVG(i)", 5, "ignore"),
    ("RATE(e) + 0 * i", 5, "missing"),
    ("IF(i > 10, e, 0)", 5, "breaching"),
]


@slow
@pytest.mark.parametrize(("expression", "threshold", "mode"), LONG)
def test_the_proof_of_a_long_window_looks_at_few_of_them(
    expression: str, threshold: float, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is 480 datapoints, and every input that is tried has as many of them."""
    windows = []

    def counted(*given: Any, **named: Any) -> Any:
        replayed = replay(*given, **named)
        windows.append(len(replayed))
        return replayed

    monkeypatch.setattr(edge_search, "replay", counted)
    alarm = long_alarm(480, expression, threshold, mode)
    prove(alarms_of(alarm))
    alone, together = windows.count(1), sum(length for length in windows if length > 1)
    assert alone > 20
    assert together < 12 * 480


@slow
@pytest.mark.parametrize(("expression", "threshold", "mode"), LONG)
def test_the_last_window_tells_what_the_whole_course_would(
    expression: str, threshold: float, mode: str
) -> None:
    trial = Trial(alarms_of(long_alarm(4, expression, threshold, mode)).metric[0])
    calm = trial.healthy()
    for knob in trial.knobs():
        for value in trial.grid(knob):
            turned = trial.turned(calm, knob, value)
            for course in ([turned] * 11, [turned] * 11 + [calm] * 3, [Period({}, {})] * 11):
                assert trial.final(course) is trial.run(course).final


def long_alarm(periods: int, expression: str, threshold: float, mode: str) -> dict[str, Any]:
    def counted(id: str, name: str) -> dict[str, Any]:
        dimensions = [{"Name": "FunctionName", "Value": "f"}]
        metric = {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions}
        stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
        return {"Id": id, "ReturnData": False, "MetricStat": stat}

    properties = {
        "Metrics": [
            {"Id": "r", "Expression": expression},
            counted("e", "Errors"),
            counted("i", "Invocations"),
        ],
        "EvaluationPeriods": periods,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": mode,
    }
    return {"Resources": {"Long": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}}


@pytest.mark.parametrize(
    ("expression", "threshold", "over", "under"),
    [
        ("100 * errors / invocations", 5, 51, 50),
        ("100 * errors / invocations", 0.5, 6, 5),
        ("IF(invocations >= 20, 100 * errors / invocations, 0)", 7, 71, 70),
        ("errors", 12, 13, 12),
    ],
)
def test_the_edge_of_a_rate_is_found(
    expression: str, threshold: float, over: float, under: float
) -> None:
    template = yaml.safe_load(
        (Path(__file__).parent / "wrong_alarms" / "fraction_against_percent.yml").read_text()
    )
    properties = template["Resources"]["Wrong"]["Properties"]
    properties["Threshold"] = threshold
    properties["Metrics"][0]["Expression"] = expression
    edge = Trial(alarms_of(template).metric[0]).edge()
    assert edge is not None
    assert (edge.over, edge.under) == (over, under)
