"""Every alarm of every function, as compiled: what it watches, when it fires, whom it tells."""

import re

import pytest

from tests.conftest import ROOT
from tocsin.check.name_rules import NAMED

FUNCTIONS = ("orders", "payments", "notifications")


def alarm(template, key, kind):
    return template["Resources"][f"{key.capitalize()}{kind}Alarm"]["Properties"]


def dimensions(key):
    return [{"Name": "FunctionName", "Value": f"{key}-function-dev"}]


@pytest.mark.parametrize("key", FUNCTIONS)
@pytest.mark.parametrize(
    ("variant", "period", "evaluated"),
    [("ErrorRate", 60, 2), ("ErrorRate5m", 300, 3), ("ErrorRate15m", 900, 3)],
)
def test_error_rate_is_metric_math_in_percent_over_5(dev, key, variant, period, evaluated) -> None:
    properties = alarm(dev, key, variant)
    rate, *inputs = properties["Metrics"]
    # 5 % of 100 calls and more, 20 % of 20, 50 % of fewer.
    steps = "IF(invocations >= 100, 1, IF(invocations >= 20, 4, 10))"
    ill = "IF(invocations >= 100, 5, IF(invocations >= 20, 20, 50))"
    well = "IF(invocations >= 100, 2.5, IF(invocations >= 20, 10, 0))"
    percent = "100 * errors / invocations"
    decided = f"({percent} > {ill} OR {percent} <= {well})"
    assert rate["Expression"] == f"{percent} / {steps} / {decided}"
    assert rate["ReturnData"] is True
    assert {query["Id"]: query["MetricStat"] for query in inputs} == {
        name.lower(): {
            "Metric": {
                "Namespace": "AWS/Lambda",
                "MetricName": name,
                "Dimensions": dimensions(key),
            },
            "Period": period,
            "Stat": "Sum",
        }
        for name in ("Errors", "Invocations")
    }
    assert not any(query["ReturnData"] for query in inputs)
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (
        5,
        "GreaterThanThreshold",
    )
    assert (properties["EvaluationPeriods"], properties["DatapointsToAlarm"]) == (evaluated, 2)
    assert properties["TreatMissingData"] == "ignore"


@pytest.mark.parametrize("key", FUNCTIONS)
def test_latency_is_average_duration_over_500_ms_in_2_of_2_minutes(dev, key) -> None:
    properties = alarm(dev, key, "Latency")
    assert (properties["Namespace"], properties["MetricName"]) == ("AWS/Lambda", "Duration")
    assert properties["Dimensions"] == dimensions(key)
    assert (properties["Statistic"], properties["Period"]) == ("Average", 60)
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (
        500,
        "GreaterThanThreshold",
    )
    assert (properties["EvaluationPeriods"], properties["DatapointsToAlarm"]) == (2, 2)
    assert properties["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize(
    ("key", "threshold"), [("orders", 5), ("payments", 5), ("notifications", 10)]
)
def test_throttles_are_summed_over_1_minute(dev, key, threshold) -> None:
    properties = alarm(dev, key, "Throttles")
    assert (properties["Namespace"], properties["MetricName"]) == ("AWS/Lambda", "Throttles")
    assert properties["Dimensions"] == dimensions(key)
    assert (properties["Statistic"], properties["Period"]) == ("Sum", 60)
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (
        threshold,
        "GreaterThanThreshold",
    )
    assert (properties["EvaluationPeriods"], properties["DatapointsToAlarm"]) == (1, 1)
    assert properties["TreatMissingData"] == "notBreaching"


def test_every_alarm_tells_the_topic_of_failure_and_recovery(dev, of_type) -> None:
    alarms = of_type(dev, "AWS::CloudWatch::Alarm")
    assert len(alarms) == 5 * len(FUNCTIONS) + 8
    for name, resource in alarms.items():
        properties = resource["Properties"]
        assert properties["ActionsEnabled"] is True, name
        assert properties["AlarmActions"] == [{"Ref": "AlertsTopic"}], name
        assert properties["OKActions"] == [{"Ref": "AlertsTopic"}], name


def test_names_end_with_the_environment_suffix_and_stages_share_none(compiled) -> None:
    named = {}
    for stage in ("dev", "prod"):
        named[stage] = {
            (resource["Type"], key, value)
            for resource in compiled(stage)["Resources"].values()
            for key, value in resource["Properties"].items()
            if key == NAMED.get(resource["Type"], ("",))[0]
        }
        assert len(named[stage]) >= 5 * len(FUNCTIONS)
        for kind, key, value in named[stage]:
            assert value.endswith(f"-{stage}"), (kind, key, value)
    assert not named["dev"] & named["prod"]
    exported = [
        {
            output["Export"]["Name"]
            for output in compiled(stage)["Outputs"].values()
            if "Export" in output
        }
        for stage in ("dev", "prod")
    ]
    assert not exported[0] & exported[1]


def test_a_description_says_what_how_bad_where_to_look_and_what_to_do(dev, of_type) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", runbook, re.MULTILINE)
    }
    for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        for name, resource in of_type(dev, kind).items():
            text = resource["Properties"]["AlarmDescription"]
            assert len(text) <= 1_024, name
            assert "on dev" in text, name
            assert " invoke " in text, name
            page, _, anchor = text.rpartition("What to do: ")[2].partition("#")
            assert page == "docs/runbook.md", name
            assert anchor in anchors, (name, anchor)
    assert of_type(dev, "AWS::CloudWatch::Alarm")["OrdersErrorRateAlarm"]["Properties"][
        "AlarmDescription"
    ].startswith("[page] orders on dev: error rate above 5.0 % in 2 of 2 periods of 60 s.")


def test_outputs_cover_what_operators_and_the_drill_read(dev) -> None:
    outputs = dev["Outputs"]
    assert outputs["ErrorLogTableName"]["Value"] == {"Ref": "ErrorLogTable"}
    assert outputs["AlertsTopicArn"]["Value"] == {"Ref": "AlertsTopic"}
    assert outputs["PagesTopicArn"]["Value"] == {"Ref": "PagesTopic"}
    assert outputs["DashboardName"]["Value"] == {"Ref": "MonitoringDashboard"}
    assert outputs["EnvironmentSuffix"]["Value"] == "dev"
    assert outputs["ErrorLogFunctionNameIndex"]["Value"] == "FunctionNameIndex"
    assert outputs["FunctionNames"]["Value"].split(",") == [
        f"{function}-function-dev" for function in FUNCTIONS
    ]
