"""What scenarios have seen of each alarm, and what none has."""

import pytest

from tocsin.scenarios import alarms_of, as_dict, lines, run_files
from tocsin.scenarios.coverage import Unreached

RATE = {
    "AlarmName": "rate",
    "Metrics": [
        {"Id": "rate", "Expression": "IF(calls >= 20, 100 * (errors + 0) / calls, 0)"},
        *(
            {
                "Id": id,
                "ReturnData": False,
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/Lambda",
                        "MetricName": name,
                        "Dimensions": [{"Name": "FunctionName", "Value": "orders"}],
                    },
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for id, name in (("calls", "Invocations"), ("errors", "Errors"))
        ),
    ],
    "Threshold": 5,
    "EvaluationPeriods": 2,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
TEMPLATE = {
    "Resources": {
        "Orders": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "orders"}},
        "Rate": {"Type": "AWS::CloudWatch::Alarm", "Properties": RATE},
        "Other": {"Type": "AWS::CloudWatch::Alarm", "Properties": {**RATE, "AlarmName": "other"}},
        "Any": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {"AlarmName": "any", "AlarmRule": "ALARM(rate)"},
        },
    }
}
MISSING = "missing data (notBreaching)"
OVER, UNDER = "IF(calls >= 20) true", "IF(calls >= 20) false"


def unreached(tmp_path, *phases: str, alarm: str = "rate"):
    listed = "".join(f"          - {{for: 10m, calls: {phase}}}\n" for phase in phases)
    file = tmp_path / "a.yml"
    file.write_text(
        "scenarios:\n  - name: a\n    inputs:\n      - function: orders\n        phases:\n"
        f"{listed}    expect:\n      - alarm: {alarm}\n        states: {{0s: OK}}\n"
    )
    report = run_files([file], alarms_of(TEMPLATE))
    return report, {left.alarm: left.branches for left in report.unreached}


BUSY, FAILING, FEW, NONE = (
    "200 invocations a minute",
    '"200 invocations a minute with 50 % errors"',
    "5 invocations a minute",
    "none",
)


@pytest.mark.parametrize(
    ("phases", "left"),
    [
        ((BUSY,), ("ALARM", "recovery", UNDER)),
        ((FEW,), ("ALARM", "recovery", OVER)),
        ((BUSY, FAILING), ("recovery", UNDER)),
        ((FAILING, BUSY), (UNDER,)),
        ((FAILING, FEW), ()),
    ],
)
def test_what_no_scenario_has_seen_of_an_alarm(tmp_path, phases, left) -> None:
    _, found = unreached(tmp_path, *phases)
    # The minutes beyond the last call have no data.
    assert found.get("rate", ()) == left


def test_alarms_that_no_scenario_looks_at_are_told(tmp_path) -> None:
    report, found = unreached(tmp_path, BUSY, FAILING, FEW, NONE)
    assert found == {"other": (), "any": ()}
    assert "coverage: other, any: no scenario looks at it" in list(lines(report))
    assert as_dict(report)["unreached"] == [
        {"alarm": "other", "branches": []},
        {"alarm": "any", "branches": []},
    ]


def test_of_a_composite_alarm_its_states_count(tmp_path) -> None:
    _, found = unreached(tmp_path, BUSY, FAILING, alarm="any")
    assert found["any"] == ("recovery",)
    # That it was computed on the way is no expectation of it.
    assert found["rate"] == ()


def test_missing_data_is_a_branch_of_its_own(tmp_path) -> None:
    file = tmp_path / "a.yml"
    file.write_text(
        "scenarios:\n  - name: a\n    lasts: 9m\n    inputs:\n      - function: orders\n"
        f"        phases: [{{for: 10m, calls: {BUSY}}}]\n"
        "    expect: [{alarm: rate, states: {5m: OK}}]\n"
    )
    report = run_files([file], alarms_of(TEMPLATE))
    (rate,) = [left for left in report.unreached if left.alarm == "rate"]
    assert rate == Unreached("rate", ("ALARM", "recovery", MISSING, UNDER))


def test_without_a_scenario_nothing_is_said() -> None:
    assert run_files([], alarms_of(TEMPLATE)).unreached == ()
