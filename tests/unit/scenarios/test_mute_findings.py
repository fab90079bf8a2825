"""Mute rules of a template: what they mute is there, and their windows are ones that can be."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tocsin.scenarios import alarms_of
from tocsin.scenarios.mute_findings import mute_findings

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NIGHTLY = {"Expression": "cron(0 2 * * *)", "Duration": "PT1H"}


def template(rule: Any, **resources: Any) -> dict[str, Any]:
    alarm = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "orders-errors",
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
        },
    }
    mute = {"Type": "AWS::CloudWatch::AlarmMuteRule", "Properties": rule}
    return {"Resources": {"Errors": alarm, "Mute": mute, **resources}}


def told(rule: Any, parameters: dict[str, str] | None = None, **more: Any) -> list[tuple[str, ...]]:
    found = mute_findings(alarms_of(template(rule) | more, parameters), NOW)
    return [(str(finding.severity), finding.rule) for finding in found]


def muting(*names: Any, schedule: Any = NIGHTLY, **more: Any) -> dict[str, Any]:
    return {"Rule": {"Schedule": schedule}, "MuteTargets": {"AlarmNames": [*names]}, **more}


ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:orders-errors"


@pytest.mark.parametrize(
    "rule",
    [
        muting("orders-errors"),
        muting(ARN),
        muting({"Ref": "Errors"}),
        muting({"Ref": "Somebodys"}),
        muting("orders-errors", schedule={**NIGHTLY, "Timezone": "Europe/Zurich"}),
        muting("orders-errors", schedule={"Expression": {"Ref": "Somebodys"}, "Duration": "P1D"}),
        muting(
            "orders-errors",
            schedule={"Expression": "cron(0 2 * * *)", "Duration": "P1D"},
            ExpireDate="2026-12-24T00:00:00Z",
        ),
    ],
)
def test_a_right_rule_is_not_told_of(rule: Any) -> None:
    assert told(rule, Parameters={"Somebodys": {"Type": "String"}}) == []


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (muting("orders-error"), ("error", "unknown-alarm")),
        (muting("payments-latency"), ("warning", "unknown-alarm")),
        (muting(), ("warning", "mutes-nothing")),
        ({"Rule": {"Schedule": NIGHTLY}}, ("warning", "mutes-nothing")),
        (muting(*[f"a{number}" for number in range(101)]), ("error", "mute-refused")),
        ({**muting(), "MuteTargets": {"AlarmNames": 5}}, ("error", "mute-refused")),
        (muting("orders-errors", schedule={"Duration": "P1D"}), ("error", "mute-refused")),
        (
            muting("orders-errors", schedule={**NIGHTLY, "Expression": "rate(1 day)"}),
            ("error", "mute-refused"),
        ),
        (
            muting("orders-errors", schedule={**NIGHTLY, "Duration": "P16D"}),
            ("error", "mute-refused"),
        ),
        (
            muting("orders-errors", schedule={**NIGHTLY, "Timezone": "Mars/Base"}),
            ("error", "mute-refused"),
        ),
        (
            muting("orders-errors", ExpireDate="2026-01-01", StartDate="2027-01-01"),
            ("error", "mute-refused"),
        ),
        (muting("orders-errors", ExpireDate=5), ("error", "mute-refused")),
        (muting("orders-errors", StartDate=[]), ("error", "mute-refused")),
        ({"MuteTargets": {"AlarmNames": ["orders-errors"]}}, ("error", "mute-refused")),
        ("nothing of the kind", ("error", "mute-refused")),
        (
            muting("orders-errors", schedule={**NIGHTLY, "Duration": "P1D"}),
            ("error", "mutes-always"),
        ),
        (
            muting("orders-errors", schedule={"Expression": "cron(* * * * *)", "Duration": "PT1M"}),
            ("error", "mutes-always"),
        ),
        (
            muting(
                "orders-errors", schedule={"Expression": "at(2026-11-01T00:00)", "Duration": "P1D"}
            ),
            ("warning", "mute-over"),
        ),
        (muting("orders-errors", ExpireDate="2026-11-01T00:00:00Z"), ("warning", "mute-over")),
        (
            muting("orders-errors", schedule={**NIGHTLY, "Expression": "cron(0 0 30 2 *)"}),
            ("error", "mutes-nothing"),
        ),
    ],
)
def test_a_wrong_rule_is_told_by_name(rule: Any, found: tuple[str, str]) -> None:
    assert found in told(rule)
    assert len(told(rule)) <= 2


def test_one_with_a_false_condition_is_not_made() -> None:
    whole = template(muting())
    whole["Resources"]["Mute"]["Condition"] = "Never"
    whole["Conditions"] = {"Never": {"Fn::Equals": ["a", "b"]}}
    assert list(mute_findings(alarms_of(whole), NOW)) == []
