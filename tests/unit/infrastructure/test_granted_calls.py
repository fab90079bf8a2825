"""Least privilege, both ways: what a role grants is what its function's code was seen to call.

The handlers run with the environment they are deployed with, through all that they do; every
call is recorded at botocore. One action more in a role, or one less, and this fails.
"""

import importlib
import json
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import boto3
import pytest
from moto import mock_aws

import errorlog
import errorlog.recorder
from bugs import handler as bugs_handler
from collector import handler as collector_handler
from errorlog.recorder import Recorder
from tests import aws_calls, bugs_table, error_log_table
from tests.conftest import DEMO, SHARED, slow
from tests.unit.bugs.conftest import record as memory_record
from tests.unit.bugs.conftest import stream
from tests.unit.collector.conftest import event
from tests.unit.errorlog.surroundings import Context
from tests.unit.infrastructure.granted import conditions, grants, of_the_platform, resolved
from tocsin.bugs.bug import iso

FUNCTIONS = ("orders", "payments", "notifications")
REQUEST = "3f2b1c9e-0000-4000-8000-000000000001"
TIMED_OUT = f"2026-11-23T14:00:03.001Z {REQUEST} Task timed out after 3.00 seconds"
REPORT = f"REPORT RequestId: {REQUEST}\tDuration: 3000.00 ms\tStatus: {{}}"
INIT_FAILED = "[ERROR] Runtime.ImportModuleError: Unable to import module 'handler'\nTraceback:"
FALLBACK = json.dumps({"error_log_fallback": {"errorId": "1", "requestId": REQUEST}})


def deployed(template, key):
    """The function's properties and its role's."""
    name = f"{key.capitalize()}LambdaFunction"
    function = template["Resources"][name]["Properties"]
    return function, template["Resources"][function["Role"]["Fn::GetAtt"][0]]["Properties"]


@pytest.fixture
def store(monkeypatch):
    """``store(function)``: its environment, and moto's DynamoDB with the table it names.

    The error log's own requests reach it as well, so that they count as calls too.
    """
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "none")
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(name, aws_calls.REGION)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    def prepare(function, with_table=True):
        for name, value in function["Environment"]["Variables"].items():
            monkeypatch.setenv(name, str(value))
        monkeypatch.setattr(errorlog.recorder, "_default", Recorder())
        dynamodb = boto3.client("dynamodb", region_name=aws_calls.REGION)
        table = function["Environment"]["Variables"]["ERROR_LOG_TABLE"]
        if with_table and table not in dynamodb.list_tables()["TableNames"]:
            error_log_table.create(dynamodb, table)

    with (
        mock_aws(),
        error_log_table.written_through(boto3.client("dynamodb", region_name=aws_calls.REGION)),
    ):
        yield prepare


@pytest.fixture
def handler_of(monkeypatch):
    """``handler_of("orders")``: its handler, loaded from its folder and shared by nobody."""
    loaded = []

    def load(key):
        for folder in (DEMO / "functions" / "_shared", DEMO / "functions" / key):
            monkeypatch.syspath_prepend(str(folder))
            loaded.extend(file.stem for file in folder.glob("*.py"))
        for name in loaded:
            sys.modules.pop(name, None)
        return importlib.import_module("handler").handler

    yield load
    for name in loaded:
        sys.modules.pop(name, None)


@dataclass
class Invoked(Context):
    """With what Powertools reads, too."""

    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:orders"


def fail(handler, **event):
    with pytest.raises(Exception, match=r".+") as caught:
        handler({"simulate": "error", **event}, Invoked())
    assert type(caught.value).__name__ in ("OutOfStock", "PaymentFailed", "DeliveryFailed")


def handled(event, context):
    @errorlog.record_errors
    def handler(event, context):
        try:
            raise KeyError("price")
        except KeyError as error:
            errorlog.capture_exception(error, order="o-1")
        work({"messageId": "m-1"})

    @errorlog.record_item_errors
    def work(item):
        raise ValueError("no such item")

    with pytest.raises(ValueError, match="no such item"):
        handler(event, context)


PATHS = {
    "success": lambda handler: handler({"simulate": "ok"}, Invoked()),
    "error": fail,
    "handled and item errors": lambda _: handled({}, Invoked()),
    "redaction": lambda handler: fail(handler, password="hunter2", card="4111 1111 1111 1111"),
    "storm and its summary": lambda handler: [fail(handler) for _ in range(30)],
}


@pytest.fixture
def calls_of(store, handler_of, capfd):
    """``calls_of(function, path)``: what it calls on one path; the fallback has no table."""

    def run(function, key, path):
        store(function, with_table=path != "fallback")
        handler = handler_of(key)
        with aws_calls.recorded() as calls:
            PATHS.get(path, fail)(handler)
        printed = capfd.readouterr().out
        assert ("error_log_fallback" in printed) == (path == "fallback")
        assert ("error_log_suppressed" in printed) == (path == "storm and its summary")
        return {(call.action, call.resource) for call in calls}

    return run


@pytest.mark.parametrize("stage", ["dev", "prod"])
@pytest.mark.parametrize("key", FUNCTIONS)
def test_a_functions_role_is_what_it_calls_and_what_lambda_needs(
    compiled, calls_of, key, stage
) -> None:
    function, role = deployed(compiled(stage), key)
    needed = calls_of(function, key, "error") | of_the_platform(compiled(stage), function)
    assert grants(compiled(stage), role) == needed


def test_a_shared_role_is_what_its_functions_call_and_what_lambda_needs(shared, calls_of) -> None:
    needed, roles = set(), []
    for key in FUNCTIONS:
        function, role = deployed(shared, key)
        needed |= calls_of(function, key, "error") | of_the_platform(shared, function)
        roles.append(role)
    assert all(grants(shared, role) == needed for role in roles)


@slow
@pytest.mark.parametrize("path", [*PATHS, "fallback"])
def test_no_path_of_the_error_log_calls_anything_else(dev, calls_of, path) -> None:
    function, role = deployed(dev, "orders")
    called = calls_of(function, "orders", path)
    assert called <= grants(dev, role)
    assert bool(called) == (path != "success")


@pytest.fixture
def collector(monkeypatch):
    monkeypatch.setattr(collector_handler, "_store", None)
    monkeypatch.setattr(collector_handler, "_streams", None)
    return collector_handler.handler


def collected(function, store, collector, monkeypatch):
    """All calls of the collector over all that it may be sent."""
    store(function)
    context = Context(function_name=function["FunctionName"])
    timed_out = REPORT.format("timeout")
    with aws_calls.recorded() as calls:
        collector(event([], kind="CONTROL_MESSAGE"), context)
        collector(event(["an ordinary line"]), context)
        assert collector(event([timed_out]), context) == {"failures": 1, "recorded": 1}
        assert collector(event([timed_out]), context) == {"failures": 1, "recorded": 0}
        collector(event(["printed", TIMED_OUT]), context)  # known by REPORT, and by this line
        collector(event([INIT_FAILED]), context)
        collector(event([FALLBACK, REPORT.format("error")]), context)
        with pytest.raises(KeyError):
            collector({}, context)  # its own failure becomes a record as well
    return calls


@slow
@pytest.mark.parametrize("stage", ["dev", "prod", SHARED])
def test_the_collectors_role_is_what_it_calls_and_what_lambda_needs(
    compiled, store, collector, monkeypatch, stage
) -> None:
    template = compiled(stage)
    function, role = deployed(template, "collector")
    calls = collected(function, store, collector, monkeypatch)
    needed = {(call.action, call.resource) for call in calls if call.service != "logs"}
    assert {call.action for call in calls if call.service == "logs"} == {"logs:GetLogEvents"}
    needed |= {("logs:GetLogEvents", group) for group in subscribed(template)}
    assert grants(template, role) == needed | of_the_platform(template, function)


def subscribed(template):
    """The ARNs of the log groups whose lines the collector is sent, and may read around."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Logs::SubscriptionFilter":
            group = resource["Properties"]["LogGroupName"]["Ref"]
            yield resolved(template, {"Fn::GetAtt": [group, "Arn"]})


@slow
@pytest.mark.parametrize("stage", ["dev", SHARED])
def test_the_collectors_queries_are_those_that_its_condition_allows(
    compiled, store, collector, monkeypatch, stage
) -> None:
    """It may look whether there is a record, not read one; of the table, only what it kept.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    function, role = deployed(compiled(stage), "collector")
    of_records, of_streams = conditions(role, "dynamodb:Query")
    (of_deletes,) = conditions(role, "dynamodb:DeleteItem")
    calls = collected(function, store, collector, monkeypatch)
    queries = [call.parameters for call in calls if call.action == "dynamodb:Query"]
    deleted = [call.parameters["Key"] for call in calls if call.action == "dynamodb:DeleteItem"]
    (own,) = of_deletes["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert deleted
    assert all(fnmatchcase(key["errorId"]["S"], own) for key in deleted)
    (kept,) = of_streams["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    streams = [query for query in queries if "IndexName" not in query]
    assert streams
    assert all(
        fnmatchcase(stream["ExpressionAttributeValues"][":stream"]["S"], kept) for stream in streams
    )
    condition = of_records
    queries = [query for query in queries if "IndexName" in query]
    assert queries
    for query in queries:
        named = set(query["ExpressionAttributeNames"].values())
        assert named == set(condition["ForAllValues:StringEquals"]["dynamodb:Attributes"])
        assert query["Select"] == condition["StringEquals"]["dynamodb:Select"]
        # And it asks for no other: none is named in an expression itself.
        expressions = " ".join(text for name, text in query.items() if name.endswith("Expression"))
        assert set(re.findall(r"(?<![#:\w])\w+", expressions)) <= {"AND", "BETWEEN"}


def remembering(function, monkeypatch):
    """What the memory of bugs calls: new bugs, more of them, a record taken back, their notices."""
    for name, value in function["Environment"]["Variables"].items():
        monkeypatch.setenv(name, str(value))
    environment = function["Environment"]["Variables"]
    dynamodb = boto3.client("dynamodb", region_name=aws_calls.REGION)
    sns = boto3.client("sns", region_name=aws_calls.REGION)
    bugs_table.create(dynamodb, environment["BUGS_TABLE"])
    error_log_table.create(dynamodb, environment["ERROR_LOG_TABLE"])
    topics = {
        f"{name}_TOPIC_ARN": sns.create_topic(Name=f"{name.lower()}-topic-dev")["TopicArn"]
        for name in ("ALERTS", "PAGES")
    }
    told_by = bugs_handler.teller(
        lambda service, **_: boto3.client(service, region_name=aws_calls.REGION),
        environment | topics,
    )
    now = datetime.now(UTC)
    own = memory_record(1, errorId="01KBSJ4V00TCN000000000AAAA", timestamp=iso(now), expiresAt=None)
    with aws_calls.recorded() as calls:
        for batch in (stream(own), stream({"removed": True, **own}, first=5)):
            bugs_handler.remember(told_by, batch, now)
    return calls


@slow
def test_the_memorys_role_is_what_it_calls_and_what_lambda_needs(
    store, compiled, monkeypatch
) -> None:
    function, role = deployed(compiled("dev"), "bugs")
    calls = remembering(function, monkeypatch)
    actions = {call.action for call in calls}
    # A transaction is allowed by the rights of its parts.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    assert "dynamodb:TransactWriteItems" in actions
    # Lambda reads the stream in the function's name, SNS encrypts in it.
    # https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    platform = {
        "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
        "dynamodb:ListStreams", "kms:Decrypt", "kms:GenerateDataKey", "logs:CreateLogStream",
        "logs:PutLogEvents",
    }  # fmt: skip
    granted = {
        action
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }
    assert granted == (actions - {"dynamodb:TransactWriteItems"}) | platform
    (counting,) = [
        call.parameters
        for call in calls
        if call.action == "dynamodb:Query" and "IndexName" in call.parameters
    ]
    (condition,) = [found for found in conditions(role, "dynamodb:Query") if found]
    assert condition == {"StringEquals": {"dynamodb:Select": counting["Select"]}}
