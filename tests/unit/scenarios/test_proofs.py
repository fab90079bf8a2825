"""Every deliberately wrong alarm is caught by name; a right one and the shipped stack are not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import seldom, slow, some
from tocsin.findings import Severity
from tocsin.scenarios import alarms_of, load_alarms, prove

WRONG = sorted((Path(__file__).parent / "wrong_alarms").glob("*.yml"))


@pytest.mark.parametrize("file", seldom(WRONG, 3), ids=lambda file: file.stem)
def test_a_wrong_alarm_is_caught_by_name(file: Path) -> None:
    about = yaml.safe_load(file.read_text())["Metadata"]
    severity = about.get("severity", "error")
    found = [finding for finding in prove(load_alarms(file)) if finding.severity == severity]
    assert {finding.rule for finding in found} == {about["caughtBy"]}


def test_there_are_enough_wrong_alarms() -> None:
    assert len(WRONG) >= 15


def test_the_shipped_alarms_have_no_error(compiled: Callable[[str], dict[str, Any]]) -> None:
    alarms = alarms_of(compiled("dev"))
    found = prove(alarms)
    assert len(alarms.metric) == 5 * 3 + 8
    assert len(alarms.composite) == 3 + 1
    assert found == []


@pytest.mark.parametrize(
    ("expression", "needed", "of", "warned"),
    [
        ("100 * errors / invocations", 1, 1, True),
        ("100 * errors / invocations", 1, 3, True),
        ("100 * errors / invocations", 2, 2, False),
        ("IF(invocations >= 20, 100 * errors / invocations, 0)", 1, 1, False),
        ("100 * errors / invocations / IF(invocations >= 20, 1, 21)", 1, 1, False),
    ],
)
def test_a_rate_is_warned_of_only_where_one_failure_fires_it(
    expression: str, needed: int, of: int, warned: bool
) -> None:
    template = yaml.safe_load(
        (Path(__file__).parent / "wrong_alarms" / "fraction_against_percent.yml").read_text()
    )
    properties = template["Resources"]["Wrong"]["Properties"]
    properties |= {"Threshold": 5, "EvaluationPeriods": of, "DatapointsToAlarm": needed}
    properties["Metrics"][0]["Expression"] = expression
    rules = {finding.rule for finding in prove(alarms_of(template))}
    assert ("no-volume-guard" in rules) == warned


def test_a_multi_day_alarm_whose_periods_are_no_hours_is_proved(tmp_path: Path) -> None:
    template = yaml.safe_load(
        (Path(__file__).parent / "wrong_alarms" / "fires_on_healthy_traffic.yml").read_text()
    )
    properties = template["Resources"]["Wrong"]["Properties"]
    properties |= {"Threshold": 1, "Period": 5400, "EvaluationPeriods": 20}
    assert prove(alarms_of(template)) == []


def test_describe_alarms_output_is_proved_without_a_template(tmp_path: Path) -> None:
    properties = yaml.safe_load(
        (Path(__file__).parent / "wrong_alarms" / "fires_on_healthy_traffic.yml").read_text()
    )["Resources"]["Wrong"]["Properties"]
    file = tmp_path / "alarms.json"
    described = properties | {"AlarmActions": ["arn:aws:sns:us-east-1:1:pager"], "StateValue": "OK"}
    file.write_text(json.dumps({"MetricAlarms": [described], "CompositeAlarms": []}))
    (found,) = prove(load_alarms(file))
    assert found.rule == "fires-on-healthy-traffic"
    assert "AAAA" in found.message


# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, urls-monitoring.html
# and durable-monitoring.html
@pytest.mark.parametrize(
    "metric",
    [
        *("SignatureValidationErrors", "MemoryThrottles", "InvokeErrorCount", "MaxOffsetLag"),
        *("ProvisionedPollers", "Url5xxCount", "UrlRequestLatency", "DurableExecutionFailed"),
    ],
)
def test_a_metric_that_lambda_has_is_known(metric: str) -> None:
    template = yaml.safe_load(
        (Path(__file__).parent / "wrong_alarms" / "fires_on_healthy_traffic.yml").read_text()
    )
    properties = template["Resources"]["Wrong"]["Properties"]
    properties |= {"MetricName": metric, "Threshold": 1}
    assert "unknown-metric" not in {finding.rule for finding in prove(alarms_of(template))}


@pytest.mark.parametrize("metric", ["SignupErrors", "SignedRequestsConcurrency", "Error"])
def test_a_metric_that_lambda_lacks_is_unknown(metric: str) -> None:
    template = yaml.safe_load(
        (Path(__file__).parent / "wrong_alarms" / "fires_on_healthy_traffic.yml").read_text()
    )
    template["Resources"]["Wrong"]["Properties"]["MetricName"] = metric
    assert "unknown-metric" in {finding.rule for finding in prove(alarms_of(template))}


def gauges(expression: str, threshold: float, **properties: Any) -> dict[str, Any]:
    """An alarm on an expression of two metrics of an API."""
    metrics = [
        {
            "Id": id,
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/ApiGateway",
                    "MetricName": name,
                    "Dimensions": [{"Name": "ApiId", "Value": "a"}],
                },
                "Period": 60,
                "Stat": stat,
            },
        }
        for id, name, stat in (("calls", "Count", "Sum"), ("slow", "Latency", "p99"))
    ]
    alarm = {
        "Metrics": [{"Id": "all", "Expression": expression}, *metrics],
        "Threshold": threshold,
        "EvaluationPeriods": 2,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": ["arn:aws:lambda:eu-west-1:123456789012:function:page"],
        **properties,
    }
    return {"Resources": {"A": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm}}}


@slow
@pytest.mark.parametrize(
    "expression",
    some(
        [
            "IF(calls < 150, 0, slow)",
            "IF(calls > 20 AND slow > 3000, 5000)",
            "IF(slow > 9, calls, 0)",
        ],
        2,
    ),
)
def test_an_alarm_that_needs_two_unusual_metrics_at_once_is_seen_to_fire(expression: str) -> None:
    alarms = alarms_of(gauges(expression, 2500))
    assert alarms.refused == ()
    assert prove(alarms) == []


@slow
@pytest.mark.parametrize(
    "expression", some(["ABS(DIFF(slow))", "RATE(calls) * 100", "STDDEV([slow, slow])"], 3)
)
def test_an_alarm_that_was_not_seen_to_fire_is_not_said_to_be_deaf(expression: str) -> None:
    (found,) = prove(alarms_of(gauges(expression, 2500)))
    assert (found.severity, found.rule) == (Severity.WARNING, "not-shown")
    assert "never" not in found.message
    assert "tried were AWS/ApiGateway Count" in found.message


def test_of_one_quantity_nothing_is_said_of_two_at_once() -> None:
    """A step of 7 from one period to the next, of a metric that is held."""
    template = gauges("DIFF(calls)", 7)
    (alarm,) = template["Resources"].values()
    alarm["Properties"]["Metrics"].pop()
    (found,) = prove(alarms_of(template))
    assert "tried was AWS/ApiGateway Count" in found.message
    assert "two at once" not in found.message


def test_no_dimensions_beside_metrics_are_none() -> None:
    alarms = alarms_of(gauges("slow * (calls > 0)", 2500, Dimensions=[]))
    assert alarms.refused == ()
    name = [{"Name": "ApiId", "Value": "a"}]
    (refused,) = alarms_of(gauges("slow * (calls > 0)", 2500, Dimensions=name)).refused
    assert refused.problems == ("Dimensions: given beside Metrics; either one is accepted",)


@slow
def test_a_part_of_a_template_is_evaluated_and_what_it_lacks_is_told_once() -> None:
    template = gauges("slow * (calls > 0)", 2500, AlarmActions=[{"Ref": "Topic"}])
    alarm = {**template["Resources"]["A"], "Condition": "Prod"}
    template["Resources"] = {"A": alarm, "B": alarm}
    alarms = alarms_of(template)
    assert alarms.refused == ()
    (found,) = prove(alarms)
    assert (found.severity, found.rule) == (Severity.ERROR, "dangling-reference")
    assert found.subject == "A, B"
    assert found.message.startswith("refers to Topic, Prod: not in the template")


def test_a_mapping_by_account_is_unknown_without_the_account() -> None:
    template = gauges("slow * (calls > 0)", 2500)
    properties = template["Resources"]["A"]["Properties"]
    properties["Threshold"] = {"Fn::FindInMap": ["Limits", {"Ref": "AWS::AccountId"}, "ms"]}
    template["Mappings"] = {"Limits": {"111111111111": {"ms": 2500}}}
    assert [str(refusal.verdict) for refusal in alarms_of(template).refused] == ["value-unknown"]
    assert alarms_of(template, {"AWS::AccountId": "111111111111"}).refused == ()


@pytest.mark.parametrize(
    "expression",
    [
        "IF(HOUR(errors) >= 9, 100 * errors / invocations)",
        "IF(DAY(errors) > 5, 100 * errors / invocations, 0)",
    ],
)
def test_an_alarm_by_the_calendar_is_not_said_to_be_deaf(expression: str) -> None:
    """The courses begin on a Monday at 00:00: nothing is known of its other hours."""
    template = yaml.safe_load(
        (Path(__file__).parent / "wrong_alarms" / "fraction_against_percent.yml").read_text()
    )
    properties = template["Resources"]["Wrong"]["Properties"]
    properties["Threshold"] = 5
    properties["Metrics"][0]["Expression"] = expression
    (found,) = prove(alarms_of(template))
    assert (found.severity, found.rule) == (Severity.WARNING, "by-the-calendar")


def on_calls(**more: Any) -> dict[str, Any]:
    """A template with one alarm on the calls of a function."""
    alarm = {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "TreatMissingData": "notBreaching",
        "AlarmActions": ["pager"],
    } | more
    return {
        "Resources": {
            "Found": {"Type": "AWS::CloudWatch::Alarm", "Properties": alarm},
        }
    }


def of_expression(expression: str, threshold: float) -> dict[str, Any]:
    """A template with one alarm on ``expression`` of e and i, errors and calls."""
    metrics: list[dict[str, Any]] = [{"Id": "x", "Expression": expression}]
    for key, name in (("e", "Errors"), ("i", "Invocations")):
        metric = {
            "Namespace": "AWS/Lambda",
            "MetricName": name,
            "Dimensions": [{"Name": "FunctionName", "Value": "orders"}],
        }
        stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
        metrics.append({"Id": key, "ReturnData": False, "MetricStat": stat})
    return on_calls(Metrics=metrics, Threshold=threshold)


@pytest.mark.parametrize(
    ("expression", "threshold"),
    [
        ("e > 12345 AND e < 12360", 0),
        ("(e > 0) * (i > 37) * (i < 41)", 0),
        ("e == 31337", 0),
        ("e * (20002 - e)", 100020000),
        ("-(e - 31337) ^ 2", -4),
        ("e / (e - 31337)", 30000),
    ],
)
def test_what_is_highest_somewhere_between_is_never_shown_to_be_silent(
    expression: str, threshold: float
) -> None:
    errors = [f for f in prove(alarms_of(of_expression(expression, threshold)))
              if f.severity is Severity.ERROR and "never" in f.message]  # fmt: skip
    assert errors == []


@pytest.mark.parametrize(
    ("expression", "threshold"), [("e / i", 5), ("100 * e / (e + i)", 50), ("2 * (e - i)", 0)]
)
def test_sums_and_shares_of_them_are_shown_to_be_silent(expression: str, threshold: float) -> None:
    (found,) = (
        finding
        for finding in prove(alarms_of(of_expression(expression, threshold)))
        if finding.severity is Severity.ERROR and finding.rule != "unknown-topic"
    )
    assert "can never fire: the highest value found is " in found.message


def duration(statistic: str, threshold: float, operator: str) -> dict[str, Any]:
    stated = {"Statistic": statistic} if statistic.isalpha() else {"ExtendedStatistic": statistic}
    return on_calls(
        Namespace="AWS/Lambda",
        MetricName="Duration",
        Dimensions=[{"Name": "FunctionName", "Value": "orders"}],
        Period=60,
        Threshold=threshold,
        ComparisonOperator=operator,
        **stated,
    )


@pytest.mark.parametrize("threshold", [20, 90, 150])
@pytest.mark.parametrize("statistic", ["p99", "Average"])
def test_how_long_a_healthy_call_takes_is_not_made_up(statistic: str, threshold: float) -> None:
    alarms = alarms_of(duration(statistic, threshold, "GreaterThanThreshold"))
    assert "fires-on-healthy-traffic" not in {finding.rule for finding in prove(alarms)}


def test_a_threshold_below_what_can_be_is_told_with_the_lowest_value() -> None:
    template = of_expression("e + i", -1)
    template["Resources"]["Found"]["Properties"]["ComparisonOperator"] = "LessThanThreshold"
    told = [f.message for f in prove(alarms_of(template)) if f.rule == "unreachable-threshold"]
    assert len(told) == 1
    assert told[0].startswith("can never fire: the lowest value found is ")
