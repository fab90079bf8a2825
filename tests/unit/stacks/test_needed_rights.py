"""What keys and events of a function make its role allow, and nothing twice."""

from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.stacks.needed_rights import NETWORK, needed_rights

QUEUE = "arn:aws:sqs:us-east-1:123456789012:jobs"
STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/stock/stream/2026"
TOPIC = "arn:aws:sns:us-east-1:123456789012:failed"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:broker"
BROKER = "arn:aws:mq:us-east-1:123456789012:broker:b:1"
CLUSTER = "arn:aws:kafka:us-east-1:123456789012:cluster/c/1"
CONSUMER = f"{STREAM}/consumer/shop:1"
NETWORKED = (NETWORK, "*")


@pytest.fixture(scope="module")
def stage():
    return config.load(DEMO, "dev")


def _rights(stage: Any, **changed: Any) -> list[tuple[tuple[str, ...], Any]]:
    changed = {"keys": {}, "events": (), **changed}
    function = replace(stage.function("orders"), **changed)
    found = needed_rights(function, stage)
    assert all(statement["Effect"] == "Allow" for statement in found)
    return [(tuple(statement["Action"]), *statement["Resource"]) for statement in found]


@pytest.mark.parametrize(
    ("keys", "rights"),
    [
        ({}, []),
        ({"vpc": {"subnetIds": ["s"], "securityGroupIds": ["g"]}}, [NETWORKED]),
        ({"vpc": False}, []),
        ({"tracing": "Active"}, [(("xray:PutTelemetryRecords", "xray:PutTraceSegments"), "*")]),
        ({"tracing": False}, []),
        ({"onError": TOPIC}, [(("sns:Publish",), TOPIC)]),
        ({"onError": QUEUE}, [(("sqs:SendMessage",), QUEUE)]),
        # Behind a reference it may be either.
        ({"onError": {"Ref": "Failed"}}, [(("sns:Publish", "sqs:SendMessage"), {"Ref": "Failed"})]),
        ({"destinations": {"onFailure": QUEUE}}, [(("sqs:SendMessage",), QUEUE)]),
        (
            {"destinations": {"onSuccess": {"type": "eventBus", "arn": {"Ref": "Bus"}}}},
            [(("events:PutEvents",), {"Ref": "Bus"})],
        ),
        (
            {"fileSystemConfig": {"arn": "arn:aws:elasticfilesystem:x", "localMountPath": "/a"}},
            [(("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"),
              "arn:aws:elasticfilesystem:x")],
        ),
        ({"kmsKeyArn": {"Ref": "Key"}}, [(("kms:Decrypt",), {"Ref": "Key"})]),
    ],
)  # fmt: skip
def test_of_keys(stage, keys, rights) -> None:
    assert _rights(stage, keys=keys) == rights


def test_a_destination_by_its_key_is_that_function_as_it_is_deployed(stage) -> None:
    ((actions, resource),) = _rights(stage, keys={"destinations": {"onFailure": "payments"}})
    assert actions == ("lambda:InvokeFunction",)
    assert resource["Fn::Sub"].endswith(f":function:{stage.function('payments').name}")


def test_a_durable_function_keeps_its_own_executions(stage) -> None:
    ((actions, resource),) = _rights(stage, keys={"durableConfig": {"executionTimeout": 60}})
    assert actions == ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
    assert resource["Fn::Sub"].endswith("function:orders-function-dev:*/durable-execution/*/*")


@pytest.mark.parametrize(
    ("event", "rights"),
    [
        ({"httpApi": "GET /"}, []),
        ({"sqs": QUEUE}, [(("sqs:DeleteMessage", "sqs:GetQueueAttributes",
                            "sqs:ReceiveMessage"), QUEUE)]),
        ({"sqs": {"arn": {"Fn::GetAtt": ["Jobs", "Arn"]}}},
         [(("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
           {"Fn::GetAtt": ["Jobs", "Arn"]})]),
        ({"stream": TABLE}, [(("dynamodb:DescribeStream", "dynamodb:GetRecords",
                               "dynamodb:GetShardIterator", "dynamodb:ListStreams"), TABLE)]),
        ({"stream": {"type": "dynamodb", "arn": {"Ref": "S"}}},
         [(("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
            "dynamodb:ListStreams"), {"Ref": "S"})]),
        ({"rabbitmq": {"arn": BROKER, "queue": "q", "basicAuthArn": SECRET}},
         [NETWORKED, (("mq:DescribeBroker",), BROKER),
          (("secretsmanager:GetSecretValue",), SECRET)]),
        ({"msk": {"arn": CLUSTER, "topic": "t"}},
         [NETWORKED, (("kafka:DescribeCluster", "kafka:DescribeClusterV2",
                       "kafka:GetBootstrapBrokers"), CLUSTER)]),
        ({"kafka": {"topic": "t", "bootstrapServers": ["b"],
                    "accessConfigurations": {"vpcSubnet": ["s"], "saslScram512Auth": SECRET}}},
         [NETWORKED, (("secretsmanager:GetSecretValue",), SECRET)]),
        ({"kafka": {"topic": "t", "bootstrapServers": ["b"]}}, []),
    ],
)  # fmt: skip
def test_of_events(stage, event, rights) -> None:
    assert _rights(stage, events=(event,)) == rights


def test_a_stream_with_a_consumer_and_a_place_for_what_failed(stage) -> None:
    given = {"arn": STREAM, "consumer": CONSUMER,
             "destinations": {"onFailure": {"type": "sqs", "arn": QUEUE}}}  # fmt: skip
    polling, *extras = _rights(stage, events=({"stream": given},))
    assert "kinesis:GetRecords" in polling[0]
    assert polling[1] == STREAM
    assert extras == [(("kinesis:SubscribeToShard",), CONSUMER), (("sqs:SendMessage",), QUEUE)]


def test_what_two_ask_for_is_there_once(stage) -> None:
    brokers = [{"activemq": {"arn": BROKER, "queue": name, "basicAuthArn": SECRET}}
               for name in "ab"]  # fmt: skip
    keys = {"vpc": {"subnetIds": ["s"], "securityGroupIds": ["g"]}}
    found = _rights(stage, keys=keys, events=tuple(brokers))
    assert found.count(NETWORKED) == 1
    assert len(found) == 3
