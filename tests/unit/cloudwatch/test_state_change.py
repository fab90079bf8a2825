"""SNS messages, history items and EventBridge events, against the shapes AWS shows."""

import json

import pytest

from tocsin.cloudwatch import (
    INITIAL_REASON,
    CompositeAlarm,
    Metric,
    MetricStore,
    State,
    StateRecord,
    Transition,
    alarm_arn,
    alarm_from_api,
    evaluate,
    evaluate_composite,
    eventbridge_event,
    history_item,
    sns_message,
)
from tocsin.cloudwatch.reasons import api_time, java_number

AT = 1_570_035_880.989  # 2019-10-02T17:04:40.989Z
ACCOUNT, REGION = "123456789012", "us-east-1"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"

CPU = alarm_from_api(
    {
        "AlarmName": "ServerCpuTooHigh",
        "AlarmDescription": "Goes into alarm when server CPU utilization is too high!",
        "Namespace": "AWS/EC2",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "InstanceId", "Value": "i-12345678901234567"}],
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "Threshold": 50,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [TOPIC],
    }
)
TRAFFIC = alarm_from_api(
    {
        "AlarmName": "TotalNetworkTrafficTooHigh",
        "Metrics": [
            {"Id": "e1", "Expression": "SUM(METRICS())", "Label": "Total Network Traffic"},
            *(
                {
                    "Id": id,
                    "ReturnData": False,
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/EC2",
                            "MetricName": name,
                            "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}],
                        },
                        "Period": 300,
                        "Stat": "p90",
                    },
                }
                for id, name in (("m1", "NetworkIn"), ("m2", "NetworkOut"))
            ),
        ],
        "EvaluationPeriods": 1,
        "Threshold": 10000,
        "ComparisonOperator": "GreaterThanThreshold",
    }
)


def transition(alarm, value=99.50160229693434):
    store = MetricStore()
    # the newest whole five minutes before the evaluation
    store.put(
        Metric.of("AWS/EC2", "CPUUtilization", {"InstanceId": "i-12345678901234567"}),
        AT - 300,
        value,
    )
    found = evaluate(alarm, store, AT, State.OK)
    return Transition(StateRecord(State.OK, "fine", AT - 3600, {"version": "1.0"}), found.record)


def test_the_message_of_a_single_metric_alarm():
    subject, body = sns_message(CPU, transition(CPU), ACCOUNT, REGION, configured_at=AT - 86400)
    assert subject == 'ALARM: "ServerCpuTooHigh" in US East (N. Virginia)'
    message = json.loads(body)
    assert list(message) == [
        "AlarmName",
        "AlarmDescription",
        "AWSAccountId",
        "AlarmConfigurationUpdatedTimestamp",
        "NewStateValue",
        "NewStateReason",
        "StateChangeTime",
        "Region",
        "AlarmArn",
        "OldStateValue",
        "ActionExecutedAfterMuteWindow",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
        "Trigger",
    ]
    assert message["AlarmArn"] == f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:ServerCpuTooHigh"
    assert message["StateChangeTime"] == "2019-10-02T17:04:40.989+0000"
    assert message["AlarmConfigurationUpdatedTimestamp"] == "2019-10-01T17:04:40.989+0000"
    assert message["NewStateReason"].startswith(
        "Threshold Crossed: 1 out of the last 1 datapoints [99.50160229693434 (02/10/19 16:59:00)]"
    )
    assert message["AlarmActions"] == [TOPIC]
    assert '"Threshold":50.0,' in body
    assert message["Trigger"] == {
        "MetricName": "CPUUtilization",
        "Namespace": "AWS/EC2",
        "StatisticType": "Statistic",
        "Statistic": "AVERAGE",
        "Unit": None,
        "Dimensions": [{"value": "i-12345678901234567", "name": "InstanceId"}],
        "Period": 300,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 50.0,
        "TreatMissingData": "",
        "EvaluateLowSampleCountPercentile": "",
    }


def test_the_trigger_of_an_extended_statistic():
    alarm = alarm_from_api(
        {
            "AlarmName": "slow",
            "Namespace": "AWS/Lambda",
            "MetricName": "Duration",
            "ExtendedStatistic": "p99",
            "Unit": "Milliseconds",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 500,
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluateLowSampleCountPercentile": "ignore",
        }
    )
    change = Transition.initial(StateRecord(State.OK, "fine", AT))
    trigger = json.loads(sns_message(alarm, change, ACCOUNT, REGION)[1])["Trigger"]
    assert trigger["StatisticType"] == "ExtendedStatistic"
    assert trigger["ExtendedStatistic"] == "p99"
    assert "Statistic" not in trigger
    assert "DatapointsToAlarm" not in trigger
    assert trigger["Unit"] == "Milliseconds"
    assert trigger["EvaluateLowSampleCountPercentile"] == "ignore"


def test_the_message_of_a_metric_math_alarm():
    change = Transition.initial(StateRecord(State.ALARM, "high", AT), AT - 60)
    message = json.loads(sns_message(TRAFFIC, change, ACCOUNT, REGION)[1])
    assert message["OldStateValue"] == "INSUFFICIENT_DATA"
    assert message["AlarmDescription"] is None
    trigger = message["Trigger"]
    assert not {"MetricName", "Namespace", "Statistic", "Dimensions"} & trigger.keys()
    assert trigger["Period"] == 300
    assert trigger["Metrics"] == [
        {
            "Id": "e1",
            "Expression": "SUM(METRICS())",
            "Label": "Total Network Traffic",
            "ReturnData": True,
        },
        *(
            {
                "Id": id,
                "MetricStat": {
                    "Metric": {
                        "Dimensions": [{"value": "i-1", "name": "InstanceId"}],
                        "MetricName": name,
                        "Namespace": "AWS/EC2",
                    },
                    "Period": 300,
                    "Stat": "p90",
                },
                "ReturnData": False,
            }
            for id, name in (("m1", "NetworkIn"), ("m2", "NetworkOut"))
        ),
    ]


COMPOSITE = CompositeAlarm(
    "ServiceAggregatedAlarm",
    "ALARM(ServerCpuTooHigh) OR ALARM(TotalNetworkTrafficTooHigh)",
    alarm_actions=(TOPIC,),
    actions_suppressor="ServiceMaintenanceAlarm",
    actions_suppressor_wait_period=120,
    actions_suppressor_extension_period=180,
)


def composite_transition():
    children = {
        "ServerCpuTooHigh": StateRecord(State.ALARM, "", AT),
        "TotalNetworkTrafficTooHigh": StateRecord(State.OK, "", AT - 60),
    }
    found = evaluate_composite(
        COMPOSITE, children, AT, State.OK, lambda name: alarm_arn(name, ACCOUNT, REGION)
    )
    return Transition(StateRecord(State.OK, "was fine", AT - 600), found.record)


def test_the_message_of_a_composite_alarm():
    subject, body = sns_message(COMPOSITE, composite_transition(), ACCOUNT, REGION)
    message = json.loads(body)
    assert subject == 'ALARM: "ServiceAggregatedAlarm" in US East (N. Virginia)'
    assert not {"Trigger", "AlarmConfigurationUpdatedTimestamp"} & message.keys()
    assert message["AlarmRule"] == COMPOSITE.rule
    assert message["TriggeringChildren"][0] == {
        "Arn": alarm_arn("ServerCpuTooHigh", ACCOUNT, REGION),
        "State": {"Value": "ALARM", "Timestamp": "2019-10-02T17:04:40.989+0000"},
    }


def test_a_subject_fits_sns():
    alarm = CompositeAlarm("x" * 255, "TRUE")
    change = Transition.initial(StateRecord(State.INSUFFICIENT_DATA, "r", AT))
    subject, _ = sns_message(alarm, change, ACCOUNT, "eu-west-1")
    assert len(subject) == 100
    assert subject.endswith('xxx..." in EU (Ireland)')


def test_history_item():
    change = transition(CPU)
    item = history_item(CPU, change)
    data = json.loads(item.pop("HistoryData"))
    assert item == {
        "AlarmName": "ServerCpuTooHigh",
        "AlarmType": "MetricAlarm",
        "Timestamp": AT,
        "HistoryItemType": "StateUpdate",
        "HistorySummary": "Alarm updated from OK to ALARM",
    }
    assert data["version"] == "1.0"
    assert data["oldState"]["stateValue"] == "OK"
    assert data["newState"]["stateReason"] == change.new.reason
    assert data["newState"]["stateReasonData"]["recentDatapoints"] == [99.50160229693434]
    assert history_item(COMPOSITE, composite_transition())["AlarmType"] == "CompositeAlarm"


def test_the_event_of_a_single_metric_alarm():
    event = eventbridge_event(CPU, transition(CPU), ACCOUNT, REGION)
    detail = event.pop("detail")
    assert len(event.pop("id")) == 36
    assert event == {
        "version": "0",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": "2019-10-02T17:04:40Z",
        "region": REGION,
        "resources": [alarm_arn("ServerCpuTooHigh", ACCOUNT, REGION)],
    }
    assert detail["alarmName"] == "ServerCpuTooHigh"
    assert detail["state"]["value"] == "ALARM"
    assert detail["state"]["timestamp"] == "2019-10-02T17:04:40.989+0000"
    assert json.loads(detail["state"]["reasonData"])["threshold"] == 50.0
    assert detail["previousState"]["value"] == "OK"
    (metric,) = detail["configuration"]["metrics"]
    assert len(metric.pop("id")) == 36
    assert metric == {
        "metricStat": {
            "metric": {
                "dimensions": {"InstanceId": "i-12345678901234567"},
                "name": "CPUUtilization",
                "namespace": "AWS/EC2",
            },
            "period": 300,
            "stat": "Average",
        },
        "returnData": True,
    }


def test_the_event_of_a_metric_math_alarm_lists_its_metrics():
    change = Transition.initial(StateRecord(State.ALARM, "high", AT))
    detail = eventbridge_event(TRAFFIC, change, ACCOUNT, REGION)["detail"]
    assert detail["previousState"] == {
        "value": "INSUFFICIENT_DATA",
        "reason": INITIAL_REASON,
        "timestamp": "2019-10-02T17:04:40.989+0000",
    }
    assert detail["configuration"]["metrics"][0] == {
        "id": "e1",
        "expression": "SUM(METRICS())",
        "label": "Total Network Traffic",
        "returnData": True,
    }
    assert [m["id"] for m in detail["configuration"]["metrics"]] == ["e1", "m1", "m2"]


def test_the_event_of_a_composite_alarm():
    detail = eventbridge_event(COMPOSITE, composite_transition(), ACCOUNT, REGION)["detail"]
    assert detail["configuration"] == {
        "alarmRule": COMPOSITE.rule,
        "actionsSuppressor": "ServiceMaintenanceAlarm",
        "actionsSuppressorWaitPeriod": 120,
        "actionsSuppressorExtensionPeriod": 180,
    }


def test_events_of_one_change_have_one_id():
    first, again = (eventbridge_event(CPU, transition(CPU), ACCOUNT, REGION) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("eu-west-1", "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a"),
        ("cn-north-1", "arn:aws-cn:cloudwatch:cn-north-1:123456789012:alarm:a"),
        ("us-gov-west-1", "arn:aws-us-gov:cloudwatch:us-gov-west-1:123456789012:alarm:a"),
    ],
)
def test_arns(region, arn):
    assert alarm_arn("a", ACCOUNT, region) == arn


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (5, "5.0"),
        (0, "0.0"),
        (-0.5, "-0.5"),
        (0.0666851903306472, "0.0666851903306472"),
        (0.001, "0.001"),
        (0.00012, "1.2E-4"),
        (-1e-7, "-1.0E-7"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (-1.5e300, "-1.5E300"),
        (123456789012345680000.0, "1.2345678901234568E20"),
    ],
)
def test_numbers_are_written_as_java_does(value, written):
    assert java_number(value) == written


def test_times_round_to_milliseconds():
    assert api_time(0.9996) == "1970-01-01T00:00:01.000+0000"
