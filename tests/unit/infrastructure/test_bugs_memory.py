"""The memory of bugs as compiled: its table, and what reaches it of the error log's stream."""

import json

import pytest

from tests import bugs_table
from tests.conftest import SHARED, slow
from tocsin.cloudformation.template import statements


@pytest.mark.parametrize("stage", ["dev", "prod", SHARED])
def test_its_table_is_as_the_tests_have_it_and_can_be_restored(compiled, stage) -> None:
    assert compiled(stage)["Resources"]["BugsTable"]["Properties"] == {
        "TableName": f"bugs-table-{stage}",
        **bugs_table.KEYS,
        "DeletionProtectionEnabled": stage == "prod",
        "SSESpecification": {"SSEEnabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
    }


def test_what_people_decided_outlives_a_protected_stage(compiled) -> None:
    for stage, kept in (("dev", "Delete"), ("prod", "Retain")):
        table = compiled(stage)["Resources"]["BugsTable"]
        assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == (kept, kept)


def test_it_is_given_records_and_counts_and_no_facts_of_the_collector(dev) -> None:
    mapping = dict(dev["Resources"]["BugsStreamMapping"]["Properties"])
    assert dev["Resources"]["ErrorLogTable"]["Properties"]["StreamSpecification"] == {
        "StreamViewType": "NEW_IMAGE"
    }
    filters = mapping.pop("FilterCriteria")["Filters"]
    # People are told within a minute, and what could not be counted comes again without a bound.
    assert mapping == {
        "FunctionName": {"Ref": "BugsLambdaFunction"},
        "EventSourceArn": {"Fn::GetAtt": ["ErrorLogTable", "StreamArn"]},
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 500,
        "MaximumBatchingWindowInSeconds": 5,
        "BisectBatchOnFunctionError": True,
    }
    patterns = [json.loads(one["Pattern"]) for one in filters]
    named = [pattern.get("dynamodb", {}).get("NewImage", {}) for pattern in patterns]
    assert [list(image) for image in named] == [["functionName"], ["counter"], []]
    assert patterns[2] == {"eventName": ["REMOVE"]}


@slow
def test_where_people_are_told_the_notifier_explains_its_notices(declared, dev) -> None:
    _, _, template = declared
    environment = template["Resources"]["BugsLambdaFunction"]["Properties"]["Environment"]
    assert environment["Variables"]["NOTIFIER_FUNCTION"].startswith("notifier-function-")
    policies = json.dumps(template["Resources"]["BugsRole"]["Properties"]["Policies"])
    assert '"Fn::GetAtt": ["NotifierLambdaFunction", "Arn"]' in policies
    others = dev["Resources"]["BugsLambdaFunction"]["Properties"]["Environment"]["Variables"]
    assert "NOTIFIER_FUNCTION" not in others


TABLE = {"Fn::GetAtt": ["BugsTable", "Arn"]}
STREAM = {"Fn::GetAtt": ["ErrorLogTable", "StreamArn"]}
INDEX = {"Fn::Sub": "${ErrorLogTable.Arn}/index/FunctionNameIndex"}
COUNTED = {"StringEquals": {"dynamodb:Select": "COUNT"}}
TOPICS = [{"Ref": "AlertsTopic"}, {"Ref": "PagesTopic"}]
MEMORY = ["BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"]
HEARD = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"]


@pytest.mark.parametrize("stage", ["dev", "prod", SHARED])
def test_its_role_grants_this_and_no_more(compiled, stage) -> None:
    """Word for word: an action too many is in no test of what its code calls."""
    role = compiled(stage)["Resources"]["BugsRole"]["Properties"]
    assert role["Tags"] == [{"Key": "stack", "Value": {"Ref": "AWS::StackId"}}]
    granted = {}
    for statement in map(dict, statements(role)):
        assert statement.pop("Effect") == "Allow"
        granted[statement.pop("Sid")] = statement
    assert granted == {
        "Remember": {"Action": [f"dynamodb:{name}" for name in MEMORY], "Resource": TABLE},
        "HearOfRecords": {"Action": [f"dynamodb:{name}" for name in HEARD], "Resource": STREAM},
        "CountOlderRecords": {
            "Action": "dynamodb:Query", "Resource": INDEX, "Condition": COUNTED,
        },
        "WriteOwnLogGroup": {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": ["BugsLogGroup", "Arn"]},
        },
        "TellOfBugs": {"Action": "sns:Publish", "Resource": TOPICS},
        "EncryptNotices": {
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": {"Fn::GetAtt": ["TopicsKey", "Arn"]},
        },
    }  # fmt: skip


def test_its_function_runs_its_own_code_with_what_that_reads(dev) -> None:
    """Word for word, but for the folder that its archive goes to."""
    properties = dict(dev["Resources"]["BugsLambdaFunction"]["Properties"])
    assert properties.pop("Code")["S3Key"].endswith("/bugs.zip")
    environment = properties.pop("Environment")
    assert properties == {
        "FunctionName": "bugs-function-dev",
        "Description": "Remembers bugs, and tells of those that are new or back",
        "Handler": "bugs/handler.handler",
        "Runtime": "python3.11",
        "Architectures": ["x86_64"],
        "MemorySize": 256,
        "Timeout": 60,
        "Role": {"Fn::GetAtt": ["BugsRole", "Arn"]},
        "Layers": [{"Ref": "ErrorlogLambdaLayer"}],
        "Tags": [{"Key": "service", "Value": "tocsin"}, {"Key": "stage", "Value": "dev"}],
    }
    assert environment["Variables"] == {
        "ERROR_LOG_TABLE": "error-log-table-dev",
        "ERROR_LOG_TTL_DAYS": "30",
        "ERROR_LOG_REDACT_EMAILS": "false",
        "ERROR_LOG_REDACT_KEYS": "",
        "STAGE": "dev",
        "RELEASE": "unversioned",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_METRICS_NAMESPACE": "tocsin",
        "POWERTOOLS_SERVICE_NAME": "bugs",
        "BUGS_TABLE": "bugs-table-dev",
        "SUFFIX": "dev",
        "ALERTS_TOPIC_ARN": {"Ref": "AlertsTopic"},
        "PAGES_TOPIC_ARN": {"Ref": "PagesTopic"},
    }


@pytest.mark.parametrize(("stage", "days"), [("dev", 7), ("prod", 90), (SHARED, 7)])
def test_its_log_is_kept_as_long_as_others(compiled, stage, days) -> None:
    group = compiled(stage)["Resources"]["BugsLogGroup"]["Properties"]
    name = f"/aws/lambda/bugs-function-{stage}"
    assert group == {"LogGroupName": name, "RetentionInDays": days}
