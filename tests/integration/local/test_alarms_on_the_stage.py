"""Alarms from a template, evaluated under the clock, delivered through the stage's own SNS."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.waiting import PATIENCE_S, until
from tocsin.local import LocalStage, advance

Aws = Callable[..., Any]


def metric(name: str) -> dict[str, Any]:
    return {
        "Id": name.lower(),
        "ReturnData": False,
        "MetricStat": {
            "Metric": {"Namespace": "Shop", "MetricName": name},
            "Period": 60,
            "Stat": "Sum",
        },
    }


def template(
    prefix: str, threshold: object = 5, policy: object = None, key: object = None
) -> dict[str, Any]:
    """A topic, its policy, an error-rate alarm, a composite above it and a dashboard.

    ``key`` encrypts the topic.
    """
    encrypted = {"KmsMasterKeyId": key} if key else {}
    allow = policy or {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "Topic"},
    }
    return {
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": prefix, **encrypted}},
            "Policy": {
                "Type": "AWS::SNS::TopicPolicy",
                "Properties": {
                    "Topics": [{"Ref": "Topic"}],
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [allow]},
                },
            },
            "Rate": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "AlarmName": f"{prefix}-rate",
                    "AlarmActions": [{"Ref": "Topic"}],
                    "ComparisonOperator": "GreaterThanThreshold",
                    "EvaluationPeriods": "2",
                    "Threshold": threshold,
                    "TreatMissingData": "notBreaching",
                    "Metrics": [
                        {"Id": "rate", "Expression": "100 * errors / calls"},
                        metric("Errors"),
                        metric("Calls"),
                    ],
                },
            },
            "Any": {
                "Type": "AWS::CloudWatch::CompositeAlarm",
                "Properties": {
                    "AlarmName": f"{prefix}-any",
                    "AlarmRule": {"Fn::Sub": 'ALARM("${Rate}")'},
                },
            },
            "Board": {
                "Type": "AWS::CloudWatch::Dashboard",
                "Properties": {"DashboardName": f"{prefix}-board", "DashboardBody": "{}"},
            },
        },
        "Outputs": {
            "Topic": {"Value": {"Ref": "Topic"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Rate", "Arn"]}},
        },
    }


class Stack:
    """A stack of the test's own; deleted at its end."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.name = f"s{uuid.uuid4().hex[:8]}"
        self._cloudformation = aws("cloudformation")

    def create(self, body: dict[str, Any]) -> dict[str, str]:
        self._cloudformation.create_stack(StackName=self.name, TemplateBody=json.dumps(body))
        return self._settled("stack_create_complete")

    def update(self, body: dict[str, Any]) -> dict[str, str]:
        self._cloudformation.update_stack(StackName=self.name, TemplateBody=json.dumps(body))
        return self._settled("stack_update_complete")

    def delete(self) -> None:
        self._cloudformation.delete_stack(StackName=self.name)
        waiter = self._cloudformation.get_waiter("stack_delete_complete")
        waiter.wait(StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_S})

    def events(self) -> str:
        found = self._cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in found)

    def alarm(self, suffix: str = "rate") -> dict[str, Any]:
        found = self.aws("cloudwatch").describe_alarms(
            AlarmNames=[f"{self.name}-{suffix}"], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return dict(alarm)

    def _settled(self, state: str) -> dict[str, str]:
        waiter = self._cloudformation.get_waiter(state)
        waiter.wait(StackName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_S})
        (stack,) = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        return {out["OutputKey"]: out["OutputValue"] for out in stack["Outputs"]}


@pytest.fixture
def stack(aws: Aws) -> Iterator[Stack]:
    stack = Stack(aws)
    yield stack
    stack.delete()


def report(aws: Aws, errors: int, calls: int) -> None:
    aws("cloudwatch").put_metric_data(
        Namespace="Shop",
        MetricData=[
            {"MetricName": "Errors", "Value": errors},
            {"MetricName": "Calls", "Value": calls},
        ],
    )


def subscribe_queue(aws: Aws, topic: str) -> str:
    """A queue that the topic may deliver to; returns its URL."""
    queue = aws("sqs").create_queue(QueueName=f"q{uuid.uuid4().hex[:8]}")["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = arn["Attributes"]["QueueArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    aws("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return str(queue)


def messages(aws: Aws, queue: str) -> list[dict[str, Any]]:
    got = aws("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    return [json.loads(message["Body"]) for message in got.get("Messages", [])]


def test_a_template_makes_updates_and_removes_mute_rules(stack: Stack, aws: Aws) -> None:
    body, cloudwatch = template(stack.name), aws("cloudwatch")
    schedule = {"Expression": "cron(0 2 * * SUN)", "Duration": "PT4H", "Timezone": "Europe/Berlin"}
    body["Resources"]["Nightly"] = {
        "Type": "AWS::CloudWatch::AlarmMuteRule",
        "Properties": {
            "Name": f"{stack.name}-nightly",
            "Rule": {"Schedule": schedule},
            "MuteTargets": {"AlarmNames": [{"Ref": "Rate"}]},
            "ExpireDate": "2099-12-31T23:59:00Z",
        },
    }
    body["Outputs"]["Rule"] = {"Value": {"Ref": "Nightly"}}
    body["Outputs"]["Kind"] = {"Value": {"Fn::GetAtt": ["Nightly", "MuteType"]}}
    outputs = stack.create(body)
    made = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=f"{stack.name}-nightly")
    assert (outputs["Rule"], outputs["Kind"]) == (made["AlarmMuteRuleArn"], "RECURRING")
    assert made["MuteTargets"] == {"AlarmNames": [f"{stack.name}-rate"]}
    schedule["Duration"] = "PT2H"
    stack.update(body)
    made = cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=f"{stack.name}-nightly")
    assert made["Rule"] == {"Schedule": schedule}
    del body["Resources"]["Nightly"], body["Outputs"]["Rule"], body["Outputs"]["Kind"]
    stack.update(body)
    with pytest.raises(ClientError, match="does not exist"):
        cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName=f"{stack.name}-nightly")


def test_a_template_s_table_has_what_it_declares(stack: Stack, aws: Aws) -> None:
    table, body, dynamodb = f"{stack.name}-t", template(stack.name), aws("dynamodb")
    properties = {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    }
    body["Resources"]["Table"] = {"Type": "AWS::DynamoDB::Table", "Properties": properties}

    def declared() -> tuple[str, str]:
        lives = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        backups = dynamodb.describe_continuous_backups(TableName=table)
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        return lives["TimeToLiveStatus"], recovery["PointInTimeRecoveryStatus"]

    stack.create(body)
    assert declared() == ("ENABLED", "ENABLED")
    del properties["TimeToLiveSpecification"], properties["PointInTimeRecoverySpecification"]
    stack.update(body)
    assert declared() == ("DISABLED", "DISABLED")


def test_a_template_makes_updates_and_removes_alarms(stack: Stack, aws: Aws) -> None:
    outputs = stack.create(template(stack.name))
    created = stack.alarm()
    assert outputs["Arn"] == created["AlarmArn"]
    assert (created["Threshold"], created["EvaluationPeriods"]) == (5.0, 2)
    assert stack.alarm("any")["AlarmRule"] == f'ALARM("{stack.name}-rate")'
    tags = aws("cloudwatch").list_tags_for_resource(ResourceARN=created["AlarmArn"])["Tags"]
    assert {"Key": "aws:cloudformation:logical-id", "Value": "Rate"} in tags
    aws("cloudwatch").set_alarm_state(
        AlarmName=created["AlarmName"], StateValue="ALARM", StateReason="test"
    )
    stack.update(template(stack.name, threshold="7.5"))
    assert (stack.alarm()["Threshold"], stack.alarm()["StateValue"]) == (7.5, "ALARM")
    stack.delete()
    found = aws("cloudwatch").describe_alarms(
        AlarmNamePrefix=stack.name, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    assert found["MetricAlarms"] + found["CompositeAlarms"] == []
    boards = aws("cloudwatch").list_dashboards(DashboardNamePrefix=stack.name)
    assert boards["DashboardEntries"] == []


def test_an_alarm_that_cannot_be_made_fails_its_stack_and_says_why(stack: Stack) -> None:
    wrong = template(stack.name)
    wrong["Resources"]["Rate"]["Properties"]["Metrics"][0]["Expression"] = "100 * errors / cals"
    with pytest.raises(WaiterError):
        stack.create(wrong)
    assert "cals" in stack.events()


def test_an_alarm_fires_is_delivered_and_recovers(
    stack: Stack, aws: Aws, stage: LocalStage
) -> None:
    queue = subscribe_queue(aws, stack.create(template(stack.name))["Topic"])
    advance(stage, 60)
    for _ in range(2):
        report(aws, errors=1, calls=10)
        reading = advance(stage, 60)
    assert [(change.alarm, change.new) for change in reading.changed] == [
        (f"{stack.name}-rate", "ALARM"),
        (f"{stack.name}-any", "ALARM"),
    ]
    (envelope,) = messages(aws, queue)
    assert envelope["Subject"] == f'ALARM: "{stack.name}-rate" in EU (Ireland)'
    message = json.loads(envelope["Message"])
    assert message["Trigger"]["Metrics"][0]["Expression"] == "100 * errors / calls"
    later = advance(stage, 600)
    assert (f"{stack.name}-rate", "OK") in [(change.alarm, change.new) for change in later.changed]
    assert stack.alarm()["StateValue"] == "OK"


@pytest.mark.parametrize(
    "policy",
    [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": {"Ref": "Topic"},
        },
        {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": {"Ref": "Topic"},
        },
    ],
    ids=["denied to all", "allowed to another service"],
)
def test_a_topic_that_does_not_let_cloudwatch_publish_gets_nothing(
    stack: Stack, aws: Aws, policy: dict[str, Any]
) -> None:
    queue = subscribe_queue(aws, stack.create(template(stack.name, policy=policy))["Topic"])
    aws("cloudwatch").set_alarm_state(
        AlarmName=f"{stack.name}-rate", StateValue="ALARM", StateReason="test"
    )
    assert messages(aws, queue) == []
    items = aws("cloudwatch").describe_alarm_history(
        AlarmName=f"{stack.name}-rate", HistoryItemType="Action"
    )["AlarmHistoryItems"]
    assert [item["HistorySummary"].split(" arn:")[0] for item in items] == [
        "Failed to execute action"
    ]
    assert "not authorized" in json.loads(items[0]["HistoryData"])["error"]


KEY_REFUSED = (
    "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
)


def with_key(prefix: str, *, service: str, account: object) -> dict[str, Any]:
    """The template with a key for its topic that serves ``service`` for alarms of ``account``."""
    body = template(prefix, key={"Ref": "Key"})
    serves = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    body["Resources"]["Key"] = {
        "Type": "AWS::KMS::Key",
        "Properties": {"KeyPolicy": {"Version": "2012-10-17", "Statement": [serves]}},
    }
    return body


def told(stack: Stack, aws: Aws, queue: str) -> tuple[int, str]:
    """After a change of state: how many messages came, and the error in the history."""
    name = f"{stack.name}-rate"
    aws("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    items = aws("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="Action")
    newest = json.loads(items["AlarmHistoryItems"][0]["HistoryData"])
    aws("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
    return len(messages(aws, queue)), newest.get("error", "")


def test_an_encrypted_topic_is_told_where_its_key_serves_this_accounts_alarms(
    stack: Stack, aws: Aws
) -> None:
    body = with_key(
        stack.name, service="cloudwatch.amazonaws.com", account={"Ref": "AWS::AccountId"}
    )
    queue = subscribe_queue(aws, stack.create(body)["Topic"])
    assert told(stack, aws, queue) == (1, "")
    (key,) = [
        resource["PhysicalResourceId"]
        for resource in aws("cloudformation").describe_stack_resources(StackName=stack.name)[
            "StackResources"
        ]
        if resource["LogicalResourceId"] == "Key"
    ]
    aws("kms").disable_key(KeyId=key)
    sent, error = told(stack, aws, queue)
    assert (sent, error.endswith("is disabled.")) == (0, True)


@pytest.mark.parametrize(
    ("service", "account"),
    [("s3.amazonaws.com", {"Ref": "AWS::AccountId"}), ("cloudwatch.amazonaws.com", "999999999999")],
    ids=["another service", "another account"],
)
def test_a_key_that_does_not_serve_alarms_silences_them(
    stack: Stack, aws: Aws, service: str, account: object
) -> None:
    body = with_key(stack.name, service=service, account=account)
    queue = subscribe_queue(aws, stack.create(body)["Topic"])
    assert told(stack, aws, queue) == (0, KEY_REFUSED)


def test_awss_own_key_silences_alarms_until_the_topic_gets_another(stack: Stack, aws: Aws) -> None:
    body = template(stack.name, key="alias/aws/sns")
    queue = subscribe_queue(aws, stack.create(body)["Topic"])
    assert told(stack, aws, queue) == (0, KEY_REFUSED)
    stack.update(template(stack.name))
    assert told(stack, aws, queue) == (1, "")


def test_a_change_of_state_reaches_an_eventbridge_rule(stack: Stack, aws: Aws) -> None:
    stack.create(template(stack.name))
    queue = aws("sqs").create_queue(QueueName=f"{stack.name}-events")["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [f"{stack.name}-rate"]}}
    aws("events").put_rule(Name=stack.name, EventPattern=json.dumps(pattern))
    aws("events").put_targets(
        Rule=stack.name, Targets=[{"Id": "q", "Arn": arn["Attributes"]["QueueArn"]}]
    )
    aws("cloudwatch").set_alarm_state(
        AlarmName=f"{stack.name}-rate", StateValue="ALARM", StateReason="test"
    )
    (event,) = messages(aws, queue)
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["state"]["value"] == "ALARM"


def test_the_wall_clock_alone_evaluates_alarms(aws: Aws, stage: LocalStage) -> None:
    name = f"w{uuid.uuid4().hex[:8]}"
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=name,
        MetricName="Errors",
        Statistic="Sum",
        Period=10,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )

    def state() -> str:
        (alarm,) = aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(alarm["StateValue"])

    until(lambda: state() == "OK", "the evaluation by itself")
    aws("cloudwatch").delete_alarms(AlarmNames=[name])


RECORD = """
import json

def handler(event, context):
    print("received " + json.dumps(event))
"""


def received(function: Any) -> dict[str, Any]:
    """The event a function printed, once it has: deliveries to functions are asynchronous."""

    def lines() -> list[str]:
        with contextlib.suppress(ClientError):  # there is no log group before the first line
            return [line for line in function.log() if line.startswith("received ")]
        return []

    first, *_ = until(lines, "the function's invocation")
    return dict(json.loads(first.removeprefix("received ")))


def alarm_that_acts_on(aws: Aws, target: str) -> str:
    """A new alarm with one ALARM action, put into ALARM; returns its name."""
    name = f"x{uuid.uuid4().hex[:8]}"
    aws("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=name,
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[target],
    )
    aws("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    return name


def test_a_function_subscribed_to_the_topic_is_invoked(aws: Aws, deploy: Any) -> None:
    function = deploy(RECORD)
    arn = aws("lambda").get_function(FunctionName=function.name)["Configuration"]["FunctionArn"]
    topic = aws("sns").create_topic(Name=function.name)["TopicArn"]
    aws("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    name = alarm_that_acts_on(aws, topic)
    (record,) = received(function)["Records"]
    assert record["EventSource"] == "aws:sns"
    assert json.loads(record["Sns"]["Message"])["AlarmName"] == name


def test_a_function_that_is_the_action_is_invoked(aws: Aws, deploy: Any) -> None:
    function = deploy(RECORD)
    arn = aws("lambda").get_function(FunctionName=function.name)["Configuration"]["FunctionArn"]
    name = alarm_that_acts_on(aws, arn)
    event = received(function)
    assert event["source"] == "aws.cloudwatch"
    assert event["alarmData"]["alarmName"] == name


def test_an_http_endpoint_subscribed_to_the_topic_is_called(aws: Aws) -> None:
    posted: queue.Queue[dict[str, Any]] = queue.Queue()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        topic = aws("sns").create_topic(Name=f"h{uuid.uuid4().hex[:8]}")["TopicArn"]
        url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        aws("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
        asked = posted.get(timeout=PATIENCE_S)
        assert asked["Type"] == "SubscriptionConfirmation"
        with urllib.request.urlopen(asked["SubscribeURL"], timeout=PATIENCE_S):  # noqa: S310  the stage's
            """Visited as an endpoint does that confirms by itself."""
        name = alarm_that_acts_on(aws, topic)
        told = posted.get(timeout=PATIENCE_S)
        assert told["Type"] == "Notification"
        assert json.loads(told["Message"])["AlarmName"] == name
    finally:
        server.shutdown()
        server.server_close()
