"""The function as it is deployed: moto's SNS, DynamoDB and CloudWatch, and receivers of ours."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from errorlog.attributes import item
from notifier import aws_clients, handler, recent_bugs
from notifier.channel_secrets import fetch
from notifier.dispatch import NotDelivered
from notifier.https_post import HttpAnswer
from tests import aws_calls, bugs_table, error_log_table
from tests.conftest import DEMO, read_yaml, slow
from tests.unit.notifier.stage import ACCOUNT, REGION, arn, body, event, facts, stage
from tocsin import names
from tocsin.bugs.bug import Bug, iso
from tocsin.bugs.bug_items import bug_item
from tocsin.packaging.render import rendered

ERRORS = names.alarm("orders", "error-rate", "prod")
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:notifier-function-prod"
SECRETS = {
    "/shop/slack": "xoxb-1", "/shop/teams": "https://teams.example.com/x",
    "/shop/key": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
}  # fmt: skip
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
    "ERROR_LOG_TABLE": "error-log-table-prod", "STAGE": "prod",
    "AWS_LAMBDA_FUNCTION_NAME": "notifier-function-prod",
}  # fmt: skip


class World:
    """What people got: by mail through a queue on each of their topics, and by request."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.broken: set[str] = set()
        self.sns, self.sqs = boto3.client("sns"), boto3.client("sqs")
        self.queues = {}
        for name in ("people-topic-prod", "people-ticket-topic-prod"):
            arn = self.sns.create_topic(Name=name)["TopicArn"]
            url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
            queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
            self.sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue)
            self.queues[name] = url
        os.environ["PEOPLE_TOPIC_ARN"] = f"arn:aws:sns:{REGION}:{ACCOUNT}:people-topic-prod"
        dynamodb = boto3.client("dynamodb")
        error_log_table.create(dynamodb, "error-log-table-prod")
        bugs_table.create(dynamodb, "bugs-table-prod")
        self.tables = {
            "error-log-table-prod": ("errorId", "timestamp"),
            "bugs-table-prod": ("kind", "key"),
        }
        parameters = boto3.client("ssm")
        for name, value in SECRETS.items():
            parameters.put_parameter(Name=name, Value=value, Type="SecureString")

    def post(self, url: str, sent: bytes, *_: Any, **__: Any) -> HttpAnswer:
        self.posted.append((url, json.loads(sent)))
        if any(part in url for part in self.broken):
            return HttpAnswer(400, b"")
        return HttpAnswer(200, b'{"ok": true, "ts": "1"}')

    def mail(self, topic: str = "people-topic-prod") -> list[tuple[str, str]]:
        """(subject, text) of each mail since it was last asked for."""
        found = []
        for _ in range(5):
            answer = self.sqs.receive_message(
                QueueUrl=self.queues[topic], MaxNumberOfMessages=10, WaitTimeSeconds=0
            )
            for message in answer.get("Messages", []):
                told = json.loads(message["Body"])
                found.append((told["Subject"], told["Message"]))
                self.sqs.delete_message(
                    QueueUrl=self.queues[topic], ReceiptHandle=message["ReceiptHandle"]
                )
        return found


@pytest.fixture(scope="module")
def aws() -> Iterator[World]:
    """One account for all tests here: its clients take longer to make than to ask."""
    # The variables are given back before moto gives back its own.
    with mock_aws(), pytest.MonkeyPatch.context() as environment:
        for name, value in ENVIRONMENT.items():
            environment.setenv(name, value)
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        environment.setenv("PEOPLE_TOPIC_ARN", "")
        aws_clients.forget()
        made = World()
        with error_log_table.written_through(boto3.client("dynamodb")):
            yield made
        aws_clients.forget()


@pytest.fixture
def world(aws: World, monkeypatch) -> World:
    """``aws`` with nothing in it, and nobody told."""
    monkeypatch.setattr(handler, "_facts", facts())
    monkeypatch.setattr(handler, "_secrets", None)
    monkeypatch.setattr(handler, "post", aws.post)
    aws.posted.clear()
    aws.broken = set()
    for topic in aws.queues:
        aws.mail(topic)
    dynamodb = aws_clients.client("dynamodb")
    for table, keys in aws.tables.items():
        for found in dynamodb.scan(TableName=table)["Items"]:
            dynamodb.delete_item(TableName=table, Key={name: found[name] for name in keys})
    return aws


def context(left_s: float = 50.0) -> Any:
    return SimpleNamespace(
        invoked_function_arn=ARN, function_name="notifier-function-prod", aws_request_id="r",
        function_version="$LATEST", memory_limit_in_mb="512", log_stream_name="s",
        log_group_name="g", get_remaining_time_in_millis=lambda: int(left_s * 1_000),
    )  # fmt: skip


def granted() -> set[str]:
    """The actions of the notifier's role."""
    resources = read_yaml(rendered(DEMO, stage()))["resources"]["Resources"]
    policies = resources["NotifierRole"]["Properties"]["Policies"]
    statements = [
        statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]
    ]
    actions = [statement["Action"] for statement in statements]
    return {one for action in actions for one in ([action] if isinstance(action, str) else action)}


@slow
def test_it_calls_what_its_role_grants_and_nothing_else(world, monkeypatch) -> None:
    """But for what Lambda and SNS do in its name: its log, and the key of the topics."""
    monkeypatch.setenv("BUGS_TABLE", "bugs-table-prod")
    store(aws_clients.client("dynamodb"))
    late = event(page_body("ALARM", arn(ERRORS)))
    over_by_now(aws_clients.client("cloudwatch"))
    with aws_calls.recorded() as calls:
        for state in ("ALARM", "OK"):
            handler.handler(event(page_body(state)), context())
        handler.handler(event(body(ERRORS), "alerts-topic-prod"), context())
        handler.handler(late, context())
        handler.handler({"tocsin": "channel-check"}, context())
        handler.handler("nothing of ours", context())
    in_its_name = {"logs:CreateLogStream", "logs:PutLogEvents", "kms:Decrypt",
                   "kms:GenerateDataKey", "secretsmanager:GetSecretValue"}  # fmt: skip
    services = {"monitoring": "cloudwatch"}
    called = {f"{services.get(call.service, call.service)}:{call.operation}" for call in calls}
    assert called == granted() - in_its_name
    queries = [call.parameters for call in calls if call.operation == "Query"]
    of_records = [query for query in queries if "IndexName" in query]
    for query in of_records:
        assert set(query["ExpressionAttributeNames"].values()) == set(recent_bugs.READ)
    assert of_records
    assert all(
        query["ExpressionAttributeValues"][":key"]["S"].startswith("notice:")
        for query in queries
        if "IndexName" not in query
    )


def store(dynamodb: Any, **more: Any) -> None:
    """A bug that fails now: its record, and what is remembered of it."""
    now = datetime.now(UTC)
    at = iso(now)
    record = {
        "errorId": "01M84DMPFT48X4TMWC48RXZF34", "timestamp": at, "suppressed": 16,
        "functionName": "orders-function-prod", "fingerprint": "v1:0123456789abcdef",
        "errorType": "KeyError", "errorMessage": "'sku'", "release": "r42", "handled": False,
        "topFrame": "stock.py:24 in reserve",
    }  # fmt: skip
    dynamodb.put_item(TableName="error-log-table-prod", Item=item(record))
    known = Bug("v1:0123456789abcdef", at, at, count=17, first_release="r42", error_type="KeyError",
                **more)  # fmt: skip
    dynamodb.put_item(TableName="bugs-table-prod", Item=bug_item(known))


def over_by_now(cloudwatch: Any) -> None:
    """The alarm on errors is deployed, and well."""
    cloudwatch.put_metric_alarm(
        AlarmName=ERRORS, ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1,
        Namespace="AWS/Lambda", MetricName="Errors", Period=60, Statistic="Sum", Threshold=5,
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=ERRORS, StateValue="OK", StateReason="well")


def page_body(state: str, behind: str = "") -> dict[str, Any]:
    made = behind or arn(names.function_health("orders", "prod"))
    child = {"Arn": made, "State": {"Value": state}}
    return body(names.stage_health("prod"), state, TriggeringChildren=[child],
                StateChangeTime=iso(datetime.now(UTC)))  # fmt: skip


def test_a_page_names_the_bug_that_is_new(world, monkeypatch) -> None:
    monkeypatch.setenv("BUGS_TABLE", "bugs-table-prod")
    store(aws_clients.client("dynamodb"))
    at = datetime.now(UTC).strftime("%d/%m/%y %H:%M:00")
    reason = f"Threshold Crossed: 1 datapoint [50.0 ({at})] was greater than the threshold (5.0)."
    handler.handler(event(body(ERRORS, NewStateReason=reason)), context())
    ((subject, text),) = world.mail()
    assert subject == "ALARM orders prod: errors (limit 5 %), new KeyError"
    assert "NEW KeyError: 'sku', 17 times since " in text
    assert "first in r42" in text
    assert "errors-show v1:0123456789abcdef --stage prod" in text


@slow
def test_a_page_blames_nothing_that_the_drill_asked_for(world, monkeypatch) -> None:
    """A deploy ends in a drill; what fails by itself right after it is paged with its own bugs."""
    monkeypatch.setenv("BUGS_TABLE", "bugs-table-prod")
    store(aws_clients.client("dynamodb"), unheard=True, drilled=17)
    handler.handler(event(body(ERRORS, StateChangeTime=iso(datetime.now(UTC)))), context())
    ((subject, text),) = world.mail()
    assert "KeyError" not in subject + text


@slow
def test_a_page_reaches_all_who_are_told_of_pages_explained(world) -> None:
    answer = handler.handler(event(body(ERRORS)), context())
    assert answer == {"sent": 3, "failed": 0}
    ((subject, text),) = world.mail()
    assert subject == "ALARM orders prod: errors (limit 5 %)"
    assert "Not explained" not in text
    assert "Type:" in text
    assert {url.split("/")[2] for url, _ in world.posted} == {"slack.com", "example.com"}
    assert world.mail("people-ticket-topic-prod") == []


@slow
def test_it_is_told_once_however_often_sns_delivers_it(world) -> None:
    for _ in range(3):
        handler.handler(event(body(ERRORS)), context())
    assert len(world.mail()) == 1
    assert len(world.posted) == 2


@slow
def test_a_change_of_any_alarm_reaches_who_is_told_of_all(world) -> None:
    handler.handler(event(body(ERRORS), "alerts-topic-prod"), context())
    assert [subject for subject, _ in world.mail("people-ticket-topic-prod")] == [
        "ALARM orders prod: errors (limit 5 %)"
    ]
    assert world.mail() == []
    assert [url for url, _ in world.posted] == ["https://teams.example.com/x"]


BROKEN = {
    "the explanation": ("explained", lambda *_: 1 / 0),
    "its reading": ("read", lambda *_: 1 / 0),
    "its facts": ("_facts", None),
}


@slow
@pytest.mark.parametrize("what", BROKEN)
def test_whatever_fails_people_have_the_alarm_as_it_came_at_once(world, monkeypatch, what) -> None:
    name, broken = BROKEN[what]
    monkeypatch.setattr(handler, name, broken)
    monkeypatch.setattr(
        handler.stage_facts, "load", lambda: (_ for _ in ()).throw(FileNotFoundError())
    )
    message = body(ERRORS)
    handler.handler(event(message), context())
    ((subject, text),) = world.mail()
    assert "(raw)" in subject
    head, _, rest = text.partition("\n\n")
    assert head.startswith("Not explained: ")
    assert json.dumps(message) in rest or json.dumps(message) in json.loads(rest)["Records"][0][
        "Sns"]["Message"]  # fmt: skip


@slow
def test_whom_a_channel_does_not_take_people_hear_of_by_mail(world) -> None:
    world.broken = {"slack.com"}
    handler.handler(event(body(ERRORS)), context())
    explained, raw = sorted(world.mail(), key=lambda mail: "(raw)" in mail[0])
    assert "(raw)" not in explained[0]
    (slack,) = [route for route in facts().routes if route.protocol == "slack"]
    assert raw[1].startswith(
        f"Not explained: not delivered to slack {slack.channel} {slack.secret} (answered "
    )
    assert "xoxb" not in raw[1]


def test_where_nobody_has_mail_the_event_is_handed_back_to_lambda(world, monkeypatch) -> None:
    world.broken = {"slack.com"}
    alone = [route for route in facts().routes if route.protocol == "slack"]
    monkeypatch.setattr(handler, "_facts", replace(facts(), has_mail=False, routes=tuple(alone)))
    with pytest.raises(NotDelivered):
        handler.handler(event(body(ERRORS)), context())


def test_a_drill_is_told_where_it_says_so_and_its_alarms_to_nobody(world) -> None:
    held = {"drill": "shop-prod", "NewStateReason": "A fire drill is held"}
    for topic in ("pages-topic-prod", "alerts-topic-prod"):
        handler.handler(event(json.dumps(held), topic), context())
    for mails in (world.mail(), world.mail("people-ticket-topic-prod")):
        ((subject, text),) = mails
        assert subject.startswith("DRILL ")
        assert "A fire drill is held on shop-prod; alarms are muted" in text
    urls = sorted(url.split("/")[2] for url, _ in world.posted)
    assert urls == ["example.com", "slack.com", "teams.example.com"]
    world.posted.clear()
    for state in ("ALARM", "OK"):
        set_by_it = body(ERRORS, state, NewStateReason=f"{names.DRILL_REASON}: wiring")
        assert handler.handler(event(set_by_it), context()) == {"sent": 0, "failed": 0}
    assert (world.mail(), world.posted) == ([], [])


@slow
def test_what_cannot_be_told_keeps_nothing_else_from_people(world, monkeypatch) -> None:
    """Should one event ever hold several messages, as the form of Lambda's allows."""
    first, second = event(body(ERRORS)), event(body(ERRORS, "OK"))
    tell = handler._Office.tell

    def fails_once(self: Any, told: Any) -> Any:
        if told.state == "ALARM":
            raise NotDelivered("nobody")
        return tell(self, told)

    monkeypatch.setattr(handler._Office, "tell", fails_once)
    with pytest.raises(NotDelivered):
        handler.handler({"Records": first["Records"] + second["Records"]}, context())
    ((subject, _),) = world.mail()
    assert subject.startswith("OK ")


@slow
def test_news_of_a_bug_and_what_is_no_alarm(world) -> None:
    bug = {"fingerprint": "v1:0123456789abcdef", "type": "KeyError", "message": "'sku'",
           "count": 1, "firstSeen": "2026-11-28T10:12:00.000Z", "severity": "page",
           "lastSeen": "2026-11-28T10:12:00.000Z"}  # fmt: skip
    notice = {"tocsin": "bug-notice", "version": 1, "event": "new", "stage": "prod",
              "function": "orders", "bug": bug}  # fmt: skip
    for _ in range(2):
        handler.handler(notice, context())
    # By way of a topic, where its teller could not call the notifier: the same notice.
    handler.handler(event(json.dumps(notice)), context())
    assert [subject for subject, _ in world.mail()] == ["NEW BUG orders prod: KeyError"]
    handler.handler(event(json.dumps({"text": "x", "NewStateReason": "somebody says"})), context())
    ((_, text),) = world.mail()
    assert json.loads(text)["text"] == "x"


def test_a_check_reads_secrets_and_tells_nobody(world, monkeypatch) -> None:
    def gone(service: str, name: str) -> str:
        return fetch(service, f"{name}-gone" if name == "/shop/teams" else name)

    answer = handler.handler({"tocsin": "channel-check"}, context())
    assert {route["failed"] for route in answer["routes"]} == {""}
    assert [url for url, _ in world.posted] == ["https://slack.com/api/auth.test"]
    monkeypatch.setattr(handler, "fetch", gone)
    monkeypatch.setattr(handler, "_secrets", None)
    world.broken = {"auth.test"}
    answer = handler.handler({"tocsin": "channel-check"}, context())
    failed = {route["protocol"]: route["failed"] for route in answer["routes"] if route["failed"]}
    assert failed == {"slack": "answered 400", "teams": "ParameterNotFound GetParameter"}
    assert world.mail() == []
