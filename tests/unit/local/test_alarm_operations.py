"""Alarms through boto3: definitions, states, history, tags; evaluation has its own file."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tocsin.local.cloudwatch import CloudWatch, CloudWatches

ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"

PutAlarm = Callable[..., None]


def names(found: dict[str, Any], kind: str = "MetricAlarms") -> list[str]:
    return [alarm["AlarmName"] for alarm in found[kind]]


def test_a_new_alarm_has_not_been_evaluated(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a")
    (alarm,) = client.describe_alarms()["MetricAlarms"]
    assert alarm["AlarmArn"] == f"{ARN}a"
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"
    assert alarm["Statistic"] == "Sum"
    assert "TreatMissingData" not in alarm


def test_an_update_replaces_the_definition_and_keeps_the_state(
    client: Any, put_alarm: PutAlarm
) -> None:
    put_alarm("a", AlarmDescription="first")
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
    put_alarm("a", Threshold=7)
    (alarm,) = client.describe_alarms()["MetricAlarms"]
    assert (alarm["StateValue"], alarm["Threshold"]) == ("ALARM", 7.0)
    assert "AlarmDescription" not in alarm


@pytest.mark.parametrize(
    "changes",
    [
        {"Period": 45},
        {"ComparisonOperator": "GreaterThanUpperThreshold"},
        {"EvaluationPeriods": 1441},
        {"DatapointsToAlarm": 2},
        {"TreatMissingData": "never"},
        {"ExtendedStatistic": "p99"},
        {
            "ComparisonOperator": "GreaterThanUpperThreshold",
            "ThresholdMetricId": "ad1",
            "Metrics": [{"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1)"}],
        },
    ],
)
def test_a_definition_that_aws_refuses_is_refused(
    client: Any, put_alarm: PutAlarm, changes: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as caught:
        put_alarm("a", **changes)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert names(client.describe_alarms()) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["a1", "a2", "b1"]),
        ({"AlarmNamePrefix": "a"}, ["a1", "a2"]),
        ({"AlarmNames": ["b1", "nobody"]}, ["b1"]),
        ({"StateValue": "ALARM"}, ["a2"]),
        ({"ActionPrefix": "arn:aws:sns"}, ["b1"]),
        ({"AlarmTypes": ["CompositeAlarm"]}, []),
        ({"ChildrenOfAlarmName": "all"}, ["a1", "b1"]),
    ],
)
def test_describe_alarms_filters(
    client: Any, put_alarm: PutAlarm, filters: dict[str, Any], expected: list[str]
) -> None:
    put_alarm("a1")
    put_alarm("a2")
    put_alarm("b1", AlarmActions=[TOPIC])
    client.put_composite_alarm(AlarmName="all", AlarmRule="ALARM(a1) OR ALARM(b1)")
    client.set_alarm_state(AlarmName="a2", StateValue="ALARM", StateReason="test")
    assert names(client.describe_alarms(**filters)) == expected


def test_parents_are_found_from_the_child(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a")
    client.put_composite_alarm(AlarmName="top", AlarmRule='ALARM("a")')
    found = client.describe_alarms(ParentsOfAlarmName="a")
    assert names(found, "CompositeAlarms") == ["top"]


def test_describe_alarms_pages(client: Any, put_alarm: PutAlarm) -> None:
    for number in range(7):
        put_alarm(f"a{number}")
    pages = list(client.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 3}))
    assert [names(page) for page in pages] == [["a0", "a1", "a2"], ["a3", "a4", "a5"], ["a6"]]


@pytest.mark.parametrize(
    "filters",
    [
        {"AlarmNames": ["a"], "AlarmNamePrefix": "a"},
        {"ChildrenOfAlarmName": "a", "StateValue": "OK"},
    ],
)
def test_filters_that_exclude_each_other_are_refused(client: Any, filters: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as caught:
        client.describe_alarms(**filters)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterCombination"


def test_alarms_for_a_metric_include_those_that_compute_with_it(
    client: Any, put_alarm: PutAlarm
) -> None:
    put_alarm("single")
    put_alarm("other", MetricName="Calls")
    metric = {"Namespace": "Shop", "MetricName": "Errors"}
    client.put_metric_alarm(
        AlarmName="math",
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[
            {"Id": "e", "Expression": "m * 2"},
            {
                "Id": "m",
                "ReturnData": False,
                "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"},
            },
        ],
    )
    assert names(client.describe_alarms_for_metric(**metric)) == ["math", "single"]
    assert names(client.describe_alarms_for_metric(**metric, Statistic="Maximum")) == []


def test_a_composite_needs_children_that_exist(client: Any) -> None:
    with pytest.raises(ClientError, match="do not exist"):
        client.put_composite_alarm(AlarmName="top", AlarmRule="ALARM(nobody)")


def test_composites_may_not_form_a_cycle(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a")
    client.put_composite_alarm(AlarmName="one", AlarmRule="ALARM(a)")
    client.put_composite_alarm(AlarmName="two", AlarmRule="ALARM(one)")
    with pytest.raises(ClientError, match="cycle"):
        client.put_composite_alarm(AlarmName="one", AlarmRule="ALARM(two)")


def test_a_child_cannot_be_deleted_before_its_parent(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a")
    client.put_composite_alarm(AlarmName="top", AlarmRule="ALARM(a)")
    with pytest.raises(ClientError, match="depending on it"):
        client.delete_alarms(AlarmNames=["a"])
    client.delete_alarms(AlarmNames=["a", "top"])
    found = client.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert (found["MetricAlarms"], found["CompositeAlarms"]) == ([], [])


def test_deleting_is_all_or_nothing(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a")
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.delete_alarms(AlarmNames=["a", "nobody"])
    assert names(client.describe_alarms()) == ["a"]


def test_a_name_belongs_to_one_type_of_alarm(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a")
    with pytest.raises(ClientError, match="exists as a MetricAlarm"):
        client.put_composite_alarm(AlarmName="a", AlarmRule="TRUE")


def test_actions_can_be_switched_off_and_on(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a")
    client.disable_alarm_actions(AlarmNames=["a", "nobody"])
    assert client.describe_alarms()["MetricAlarms"][0]["ActionsEnabled"] is False
    client.enable_alarm_actions(AlarmNames=["a"])
    assert client.describe_alarms()["MetricAlarms"][0]["ActionsEnabled"] is True


def test_history_tells_what_happened_newest_first(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a", AlarmActions=[TOPIC])
    client.set_alarm_state(
        AlarmName="a", StateValue="ALARM", StateReason="test", StateReasonData='{"x": 1}'
    )
    items = client.describe_alarm_history(AlarmName="a")["AlarmHistoryItems"]
    assert [(item["HistoryItemType"], item["HistorySummary"]) for item in items] == [
        ("Action", f"Successfully executed action {TOPIC}"),
        ("StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"),
        ("ConfigurationUpdate", 'Alarm "a" created'),
    ]
    update = json.loads(items[1]["HistoryData"])
    assert update["newState"] == {
        "stateValue": "ALARM",
        "stateReason": "test",
        "stateReasonData": {"x": 1},
    }
    only = client.describe_alarm_history(AlarmName="a", HistoryItemType="StateUpdate")
    assert len(only["AlarmHistoryItems"]) == 1
    first = client.describe_alarm_history(ScanBy="TimestampAscending", MaxRecords=1)
    assert first["AlarmHistoryItems"][0]["HistorySummary"] == 'Alarm "a" created'
    assert first["NextToken"]


def test_state_reason_data_must_be_json(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a")
    with pytest.raises(ClientError) as caught:
        client.set_alarm_state(AlarmName="a", StateValue="OK", StateReason="x", StateReasonData="{")
    assert caught.value.response["Error"]["Code"] == "InvalidFormat"


def test_tags_are_taken_at_creation_only(client: Any, put_alarm: PutAlarm) -> None:
    put_alarm("a", Tags=[{"Key": "team", "Value": "shop"}])
    put_alarm("a", Tags=[{"Key": "team", "Value": "other"}])
    client.tag_resource(ResourceARN=f"{ARN}a", Tags=[{"Key": "tier", "Value": "1"}])
    tags = client.list_tags_for_resource(ResourceARN=f"{ARN}a")["Tags"]
    assert tags == [{"Key": "team", "Value": "shop"}, {"Key": "tier", "Value": "1"}]
    client.untag_resource(ResourceARN=f"{ARN}a", TagKeys=["team"])
    assert client.list_tags_for_resource(ResourceARN=f"{ARN}a")["Tags"] == tags[1:]


def test_dashboards_are_kept_by_name(client: Any) -> None:
    body = '{"widgets": []}'
    client.put_dashboard(DashboardName="shop", DashboardBody=body)
    client.put_dashboard(DashboardName="ops", DashboardBody=body)
    assert client.get_dashboard(DashboardName="shop")["DashboardBody"] == body
    listed = client.list_dashboards(DashboardNamePrefix="sh")["DashboardEntries"]
    assert [(entry["DashboardName"], entry["Size"]) for entry in listed] == [("shop", len(body))]
    client.delete_dashboards(DashboardNames=["shop"])
    with pytest.raises(ClientError) as caught:
        client.get_dashboard(DashboardName="shop")
    error = caught.value.response["Error"]
    assert (error["Code"], error["QueryErrorCode"]) == (
        "ResourceNotFound",
        "DashboardNotFoundError",
    )


def test_the_first_time_in_alarm_is_known_from_history(
    clouds: CloudWatches, cloud: CloudWatch, client: Any, put_alarm: PutAlarm
) -> None:
    put_alarm("a")
    now = clouds.clock.now()
    for value in ("ALARM", "OK", "ALARM"):
        clouds.clock.advance(100)
        client.set_alarm_state(AlarmName="a", StateValue=value, StateReason="test")
    assert cloud.first_alarm_time(f"{ARN}a", now, now + 1000) == now + 100
    assert cloud.first_alarm_time("a", now + 150, now + 1000) == now + 150
    assert cloud.first_alarm_time("a", now + 200, now + 299) is None
    assert cloud.first_alarm_time("nobody", now, now + 1000) is None


def test_a_composite_alarm_keeps_the_state_that_was_set_until_a_child_changes(
    client: Any, put_alarm: PutAlarm, clouds: CloudWatches
) -> None:
    put_alarm("child", TreatMissingData="ignore")
    client.set_alarm_state(AlarmName="child", StateValue="OK", StateReason="test")
    client.put_composite_alarm(AlarmName="all", AlarmRule='ALARM("child")')

    def state() -> str:
        answer = client.describe_alarms(AlarmNames=["all"], AlarmTypes=["CompositeAlarm"])
        return str(answer["CompositeAlarms"][0]["StateValue"])

    client.set_alarm_state(AlarmName="all", StateValue="ALARM", StateReason="test")
    clouds.advance(300)
    assert state() == "ALARM"
    for child, reached in (("ALARM", "ALARM"), ("OK", "OK")):
        client.set_alarm_state(AlarmName="child", StateValue=child, StateReason="test")
        assert state() == reached
