"""AWS's habits, as the relay before a local stage has them, are those that the drill allows for."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.aws_habits.habits import (
    CALLS_A_SECOND,
    FAILS_EVERY,
    LOGS_AFTER_S,
    NAME_TAKEN_S,
    OTHERS_EVERY,
    PACE,
    Call,
    Habits,
    action_of,
)
from tocsin.drill.trouble import passes


class Time:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def now() -> Time:
    return Time()


@pytest.fixture
def habits(now: Time) -> Habits:
    return Habits(now)


def call(service: str, action: str, **body: str) -> Call:
    return Call(service, action, json.dumps(body).encode())


def error(answer) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": answer.code, "Message": answer.message},
            "ResponseMetadata": {"HTTPStatusCode": answer.status},
        },
        "Any",
    )


@pytest.mark.parametrize("action", CALLS_A_SECOND)
def test_more_calls_a_second_than_aws_takes_are_throttled_and_pass_later(habits, now, action):
    said = [habits.before(call("monitoring", action)) for _ in range(CALLS_A_SECOND[action] + 1)]
    assert said[:-1] == [None] * CALLS_A_SECOND[action]
    assert said[-1].code == "ThrottlingException"
    assert passes(error(said[-1]))
    now.at += 1.1
    assert None in [habits.before(call("monitoring", action)) for _ in range(2)]


def test_others_of_the_account_use_the_limit_up_too(habits, now) -> None:
    said = []
    for _ in range(2 * OTHERS_EVERY):
        now.at += 1.1
        said.append(habits.before(call("monitoring", "SetAlarmState")))
    assert [place for place, answer in enumerate(said, start=1) if answer] == [
        OTHERS_EVERY,
        2 * OTHERS_EVERY,
    ]


def test_some_calls_fail_and_pass_later_but_none_that_would_be_done_twice(habits) -> None:
    said = [habits.before(call("sns", "ListTopics")) for _ in range(FAILS_EVERY)]
    assert [answer for answer in said if answer] == said[-1:]
    assert said[-1].status == 500
    assert passes(error(said[-1]))
    for service, action in (
        ("lambda", "Invoke"),
        ("sqs", "CreateQueue"),
        ("sqs", "ReceiveMessage"),
    ):
        once_each = [habits.before(call(service, action)) for _ in range(2 * FAILS_EVERY)]
        assert once_each == [None] * len(once_each)


def test_the_name_of_a_queue_is_free_again_after_a_minute(habits, now) -> None:
    url = "https://sqs.us-east-1.amazonaws.com/1/probe"
    assert habits.before(call("sqs", "DeleteQueue", QueueUrl=url)) is None
    assert habits.before(call("sqs", "CreateQueue", QueueName="probe")).code == (
        "QueueDeletedRecently"
    )
    assert habits.before(call("sqs", "CreateQueue", QueueName="another")) is None
    now.at += NAME_TAKEN_S / PACE + 0.01
    assert habits.before(call("sqs", "CreateQueue", QueueName="probe")) is None


def test_what_came_by_a_log_is_late_and_nothing_else(habits) -> None:
    new = datetime.now(UTC)
    old = new - timedelta(seconds=LOGS_AFTER_S / PACE + 1)
    items = [{"timestamp": {"S": at.isoformat()}} for at in (old, new)] + [{"id": {"S": "a bug"}}]
    answer = json.dumps({"Items": items}).encode()
    late = json.loads(habits.late(call("dynamodb", "Query"), answer))
    assert late["Items"] == [items[0], items[2]]
    events = [{"timestamp": at.timestamp() * 1000} for at in (old, new)]
    answer = json.dumps({"events": events}).encode()
    assert json.loads(habits.late(call("logs", "FilterLogEvents"), answer))["events"] == events[:1]
    assert habits.late(call("logs", "DescribeLogGroups"), answer) == answer
    assert habits.done["late"] == 2


@pytest.mark.parametrize(
    ("headers", "path", "body", "action"),
    [
        ({"x-amz-target": "DynamoDB_20120810.Query"}, "/", b"{}", "Query"),
        (
            {},
            "/service/GraniteServiceVersion20100801/operation/SetAlarmState",
            b"",
            "SetAlarmState",
        ),
        ({}, "/", b"Action=CreateStack&Version=1", "CreateStack"),
        ({}, "/2015-03-31/functions/f", b"", "lambda /2015-03-31/functions/f"),
    ],
)
def test_the_operation_is_known_in_every_protocol(headers, path, body, action) -> None:
    assert action_of("lambda", headers, path, body) == action
