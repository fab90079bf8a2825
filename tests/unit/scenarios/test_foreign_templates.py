"""What is said of templates that others wrote: the cases of tests/vectors/aws_behaviour."""

import json
from pathlib import Path
from typing import Any

import pytest

from tocsin.findings import Severity
from tocsin.scenarios import alarms_of, prove

CASES = Path(__file__).parents[2] / "vectors" / "aws_behaviour" / "templates.json"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(vector["input"], vector["expected"], id=vector["id"])
        for vector in json.loads(CASES.read_text())["vectors"]
    ],
)
def test_a_template(given: dict[str, Any], expected: dict[str, Any]) -> None:
    alarms = alarms_of(given["template"])
    found = prove(alarms)

    rules = {finding.rule for finding in found}
    errors = {finding.rule for finding in found if finding.severity is Severity.ERROR}
    told = "\n".join(finding.message for finding in found)
    assert rules >= set(expected.get("rules", ()))
    assert not rules & set(expected.get("no_rules", ()))
    assert not errors & set(expected.get("no_errors", ()))
    assert not [text for text in expected.get("no_message", ()) if text in told]
    assert list(alarms.names) == expected.get("names", list(alarms.names))


def test_the_three_verdicts_are_told_apart() -> None:
    alarm = {"Namespace": "App", "MetricName": "M", "Statistic": "Sum", "EvaluationPeriods": 1,
             "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}  # fmt: skip
    promql = {
        "EvaluationCriteria": {"PromQLCriteria": {"Query": "up == 0"}},
        "EvaluationInterval": 60,
    }
    elsewhere = alarm | {
        "Metrics": [
            {
                "Id": "m1",
                "AccountId": "123456789012",
                "MetricStat": {
                    "Metric": {"Namespace": "App", "MetricName": "M"},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
        ]
    }
    for flat in ("Namespace", "MetricName", "Statistic"):
        del elsewhere[flat]
    resources = {
        "OfAnotherAccount": elsewhere,
        "Refused": alarm | {"Period": 45},
        "NotEvaluated": promql,
        "Unknown": alarm | {"Period": {"Ref": "Seconds"}},
    }
    found = prove(
        alarms_of(
            {
                "Parameters": {"Seconds": {"Type": "Number"}},
                "Resources": {
                    name: {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
                    for name, properties in resources.items()
                },
            }
        )
    )
    assert {(finding.subject, finding.rule, str(finding.severity)) for finding in found} == {
        ("Refused", "definition-refused", "error"),
        ("NotEvaluated", "not-evaluated", "warning"),
        ("OfAnotherAccount", "not-evaluated", "warning"),
        ("Unknown", "value-unknown", "warning"),
    }
