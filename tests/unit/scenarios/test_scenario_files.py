"""Scenario files: what they may say, what a failure tells, and what the shipped ones prove."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.conftest import DEMO, seldom
from tocsin.exceptions import InputError
from tocsin.scenarios import (
    LoadedAlarms,
    alarms_of,
    failed,
    junit,
    lines,
    load_alarms,
    notation,
    run_files,
)
from tocsin.scenarios.synthetic_traffic import SyntheticCalls

FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "shop-dev"}}
FUNCTION_OF_ANOTHER = {
    "Type": "AWS::Lambda::Function",
    "Properties": {"FunctionName": "collector-dev"},
}
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts-dev"}}
ALARM = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "AlarmName": "shop-errors-dev",
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Shop"}}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 2,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [{"Ref": "Alerts"}],
    },
}
COMPOSITE = {
    "Type": "AWS::CloudWatch::CompositeAlarm",
    "Properties": {
        "AlarmName": "any-dev",
        "AlarmRule": "ALARM(shop-errors-dev)",
        "AlarmActions": [{"Ref": "Alerts"}],
        "OKActions": [{"Ref": "Alerts"}],
    },
}
FILE = """
scenarios:
  - name: three fail
    failsAt: 2m
    recoversAt: 4m
    inputs:
      - function: shop-{suffix}
        phases:
          - {for: 2m, calls: 10 invocations a minute}
          - {for: 2m, calls: 10 invocations a minute with 3 errors}
          - {for: 2m, calls: 10 invocations a minute}
    expect:
"""


@pytest.fixture
def alarms() -> LoadedAlarms:
    resources = {"Shop": FUNCTION, "Alerts": TOPIC, "ShopErrors": ALARM, "Any": COMPOSITE}
    return alarms_of({"Resources": resources})


def written(tmp_path: Path, expectation: str, text: str = FILE) -> Path:
    file = tmp_path / "shop.yml"
    file.write_text(text + f"      - {expectation}\n")
    return file


@pytest.mark.parametrize(
    ("expectation", "passes"),
    [
        ('{alarm: "shop-errors-{suffix}", states: {2m: OK, 3m: ALARM, 5m: OK}}', True),
        ("{alarm: ShopErrors, timeToDetect: 1m, timeToRecover: 1m}", True),
        ("{alarm: ShopErrors, timeToDetect: 59s}", False),
        ("{alarm: ShopErrors, timeToDetect: never}", False),
        ("{alarm: ShopErrors, states: {3m: OK}}", False),
        ("{alarm: ShopErrors, notifications: {count: 1, topic: alerts-dev}}", True),
        ("{alarm: ShopErrors, notifications: {count: 1, topic: other}}", False),
        ("{alarm: any-dev, states: {3m: ALARM}, notifications: {count: 2}}", True),
        ("{alarm: any-dev, states: {3m: OK}}", False),
    ],
)
def test_expectations(tmp_path: Path, alarms: LoadedAlarms, expectation: str, passes: bool) -> None:
    report = run_files([written(tmp_path, expectation)], alarms)
    assert (not report.failures) is passes
    assert failed(report) is not passes


def test_a_failure_tells_expected_got_datapoints_and_rule(
    tmp_path: Path, alarms: LoadedAlarms
) -> None:
    file = written(tmp_path, "{alarm: ShopErrors, states: {3m: OK}}")
    report = run_files([file], alarms)
    text = "\n".join(lines(report))
    assert "expected: OK" in text
    assert "got:      ALARM" in text
    assert "datapoint +00:02:00: 3, breaching, evaluated" in text
    assert "rule: enough datapoints in the evaluation range" in text
    suite = ElementTree.fromstring(junit(report))  # noqa: S314 - our own text
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "expected OK, got ALARM"


@pytest.mark.parametrize(
    ("expectation", "place", "accepted"),
    [
        ("{alarm: ShopErrors, state: OK}", "expect[0].state", "docs/scenarios.md"),
        ("{alarm: ShopErrors, states: {3m: RED}}", "expect[0].states.3m", "INSUFFICIENT_DATA"),
        ("{alarm: ShopErrors, timeToDetect: soon}", "expect[0].timeToDetect", "1h30m"),
        ("{alarm: ShopErrors, notifications: {count: -1}}", "notifications.count", "0"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(
    tmp_path: Path, alarms: LoadedAlarms, expectation: str, place: str, accepted: str
) -> None:
    with pytest.raises(InputError) as refusal:
        run_files([written(tmp_path, expectation)], alarms)
    assert f"shop.yml:{13}: scenarios[0]." in str(refusal.value)
    assert place in str(refusal.value)
    assert accepted in str(refusal.value)
    assert refusal.value.exit_code == 2


GONE = """
  - name: of a function that is gone
    inputs:
      - function: cart-{suffix}
        phases: [{for: 2m, calls: 10 invocations a minute}]
    expect: [{alarm: ShopErrors, timeToDetect: never}]
  - name: of an alarm that is gone
    inputs:
      - function: shop-{suffix}
        phases: [{for: 2m, calls: 10 invocations a minute}]
    expect: [{alarm: "shop-latency-{suffix}", timeToDetect: never}]
"""


def test_what_names_something_that_is_gone_is_left_out_and_told_and_the_rest_runs(
    tmp_path: Path, alarms: LoadedAlarms
) -> None:
    file = written(tmp_path, "{alarm: ShopErrors, timeToDetect: 1m}")
    file.write_text(file.read_text() + GONE)
    report = run_files([file], alarms)
    assert [(outcome.scenario, outcome.passed) for outcome in report.outcomes] == [
        ("three fail", True)
    ]
    (skipped,) = report.skipped
    assert (skipped.names, skipped.count, skipped.total) == (
        ("cart-dev", "shop-latency-dev"),
        2,
        3,
    )
    assert file.read_text().splitlines()[skipped.line - 1].strip() == "- function: cart-{suffix}"
    assert not failed(report)
    assert next(lines(report)) == (
        f"skipped {file}:{skipped.line}: 2 of 3 scenarios: there is no cart-dev, shop-latency-dev; "
        "change the file, or delete it"
    )
    suite = ElementTree.fromstring(junit(report))  # noqa: S314 - our own text
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "0", "1")


def test_the_suffix_is_read_off_what_there_is_wherever_it_stands(tmp_path, alarms) -> None:
    """Not off the first name alone, which may be of a function that is gone."""
    file = written(tmp_path, '{alarm: "shop-errors-{suffix}", timeToDetect: 1m}')
    first, _, kept = file.read_text().partition("scenarios:\n")
    gone = GONE.lstrip("\n").replace("ShopErrors", '"cart-errors-{suffix}"')
    file.write_text(f"{first}scenarios:\n{gone}{kept}")
    report = run_files([file], alarms)
    assert [(outcome.scenario, outcome.passed) for outcome in report.outcomes] == [
        ("three fail", True)
    ]
    assert report.skipped[0].names == ("cart-dev", "cart-errors-dev", "shop-latency-dev")


def test_a_file_about_nothing_that_there_is_is_no_failure(tmp_path: Path) -> None:
    file = written(tmp_path, '{alarm: "shop-errors-{suffix}", timeToDetect: 1m}')
    report = run_files([file], alarms_of({"Resources": {"Other": FUNCTION_OF_ANOTHER}}))
    assert report.outcomes == ()
    (skipped,) = report.skipped
    assert (skipped.count, skipped.total) == (1, 1)
    assert not failed(report)


def test_a_file_about_nothing_that_there_is_names_it_by_the_stages_suffix(tmp_path: Path) -> None:
    file = written(tmp_path, '{alarm: "shop-errors-{suffix}", timeToDetect: 1m}')
    template = {"Resources": {"Other": FUNCTION_OF_ANOTHER}}
    (skipped,) = run_files([file], alarms_of(template), "blue").skipped
    assert skipped.names[-1] == "shop-errors-blue"
    assert "{suffix}" not in " ".join(skipped.names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", [5]),
        ("5x3", [5, 5, 5]),
        ("0+2x4", [0, 2, 4, 6]),
        ("3-1x3 _ 7", [3, 2, 1, math.nan, 7]),
        ("_x2 -1.5", [math.nan, math.nan, -1.5]),
    ],
)
def test_series(text: str, expected: list[float]) -> None:
    assert str(notation.values(text)) == str([float(value) for value in expected])


def test_random_series_repeat_and_stay_within() -> None:
    once = notation.values("random(1, 5, seed=3)x50")
    assert once == notation.values("random(1,5,seed=3)x50")
    assert once != notation.values("random(1,5,seed=4)x50")
    assert all(1 <= value <= 5 for value in once)


MANY = "9" * 400
"""A number that no metric has, and that is infinite as one of 64 bits."""


@pytest.mark.parametrize(
    "text",
    [
        *("", "x3", "5x0", "_+1x3", "5 five", "random(1,5)x3"),
        *(MANY, f"-{MANY}", f"5+{MANY}x10", f"random(1,{MANY},seed=7)x10", f"5x{MANY}"),
        f"0+{2**359}x10",
    ],
)
def test_series_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        notation.values(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", SyntheticCalls()),
        ("200 invocations a minute with 7 % errors", SyntheticCalls(200, 14, 0, 100)),
        (
            "1 invocation a minute with 1 error, taking 9 ms, 3 throttled",
            SyntheticCalls(1, 1, 3, 9),
        ),
    ],
)
def test_calls(text: str, expected: SyntheticCalls) -> None:
    assert notation.calls(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"{MANY} invocations a minute",
        f"5 invocations a minute with {MANY} % errors",
        f"5 invocations a minute, taking {MANY} ms",
        f"5 invocations a minute, {MANY} throttled",
    ],
)
def test_calls_refused(text: str) -> None:
    with pytest.raises(ValueError, match="numbers up to 1,000,000,000"):
        notation.calls(text)


def test_no_file_and_no_alarms_are_refused(tmp_path: Path, alarms: LoadedAlarms) -> None:
    with pytest.raises(InputError, match="no such file"):
        run_files([tmp_path / "absent.yml"], alarms)
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"Things": []}))
    with pytest.raises(InputError, match="neither Resources nor MetricAlarms"):
        load_alarms(other)


@pytest.mark.parametrize("stage", seldom(["dev", "prod"], 2))
def test_the_shipped_scenarios_pass_on_any_stage(
    stage: str, compiled: Callable[[str], dict[str, Any]]
) -> None:
    report = run_files([DEMO / "tests" / "alarms"], alarms_of(compiled(stage)))
    assert len(report.outcomes) > 30
    assert not report.failures


BAND_FILE = """
scenarios:
  - name: more calls than usual
    lasts: 20m
    failsAt: 10m
    inputs:
      - metric: {namespace: App, name: Calls}
        values: "5x10 20x10"
        band: {lower: "2x20", upper: "8x20"}
    expect:
      - {alarm: unusual, states: {5m: OK, 15m: ALARM}, timeToDetect: 1m}
"""


def test_a_band_can_be_given(tmp_path: Path) -> None:
    stat = {
        "Metric": {"Namespace": "App", "MetricName": "Calls"},
        "Period": 60,
        "Stat": "Sum",
    }
    alarm = {
        "AlarmName": "unusual",
        "Metrics": [
            {"Id": "m1", "MetricStat": stat},
            {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1)"},
        ],
        "ThresholdMetricId": "ad1",
        "ComparisonOperator": "GreaterThanUpperThreshold",
        "EvaluationPeriods": 1,
    }
    resource = {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}
    alarms = alarms_of({"Resources": {"Unusual": resource}})
    file = tmp_path / "band.yml"
    file.write_text(BAND_FILE)
    report = run_files([file], alarms)
    assert [outcome.passed for outcome in report.outcomes] == [True] * 3
    file.write_text(BAND_FILE.replace("band:", "unit: Count\n        #"))
    with pytest.raises(InputError, match="no band of App Calls"):
        run_files([file], alarms)
