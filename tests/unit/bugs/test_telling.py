"""A notice is sent once, whatever fails on the way; and to nobody where nobody is to be told."""

from dataclasses import replace
from datetime import timedelta

import jsonschema
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from bugs import publishing
from bugs.telling import MOST_AN_HOUR, NotTold, Rules
from tests import hostile_records as hostile
from tests.conftest import ROOT, slow, some
from tests.memory_dynamodb import MemoryDynamoDb
from tests.unit.bugs.conftest import FINGERPRINT, NOON, World, record, stream
from tocsin.bugs import decisions
from tocsin.bugs.bug import iso
from tocsin.json_values import json_text

REFUSED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Invoke")
UNCLEAR = ReadTimeoutError(endpoint_url="https://lambda")
RULES = Rules(
    functions={
        "orders-function-dev": {"key": "orders", "owner": "shop"},
        "payments-function-dev": {"key": "payments", "owner": ""},
    },
    severities=(
        {"type": "Time*", "severity": "page"},
        {"message": "*sku*", "function": "orders*", "severity": "page"},
        {"function": "payments", "event": "new", "severity": "none"},
    ),
    regressed="page",
)


def schema():
    import json

    return json.loads((ROOT / "docs/schemas/bug-notice.json").read_text(encoding="utf-8"))


def test_a_notice_has_the_shape_that_the_notifier_takes(world) -> None:
    world.rules = RULES
    world.teller = world.new_teller()
    world.give(record(1), record(2, functionName="payments-function-dev"), record(3))
    (notice,) = world.notices
    jsonschema.validate(notice, schema())
    assert (notice["event"], notice["stage"], notice["function"]) == ("new", "dev", "orders")
    assert notice["bug"] | {"firstSeen": "", "lastSeen": ""} == {
        "fingerprint": FINGERPRINT, "type": "KeyError", "message": "'sku'", "count": 3,
        "firstSeen": "", "lastSeen": "", "firstRelease": "r1", "lastRelease": "r1",
        "topFrame": "stock.py:24 in reserve", "functions": ["orders", "payments"],
        "owner": "shop", "severity": "page",
    }  # fmt: skip


SEVERITIES = [
    ({"errorType": "TimeoutError"}, "page"),
    ({"functionName": "payments-function-dev"}, "none"),
    ({}, "page"),
    ({"errorMessage": "other"}, "ticket"),
    ({"functionName": "unknown"}, "ticket"),
]


@pytest.mark.parametrize(("changes", "severity"), SEVERITIES)
def test_the_first_rule_that_fits_says_who_is_told(world, changes, severity) -> None:
    world.rules = RULES
    world.teller = world.new_teller()
    world.give(record(1, **changes))
    assert world.severities == ([] if severity == "none" else [severity])
    world.give(record(2, **changes))
    assert len(world.severities) == (severity != "none")


def test_one_that_is_back_is_told_with_why_and_once(world) -> None:
    world.give(record(1))
    world.teller.memory.put(decisions.resolved(world.bug(), iso(NOON - timedelta(seconds=40))))
    world.give(record(2, release="r2"), record(3, release="r2"))
    world.give(record(4, release="r2"))
    assert world.events == [("new", FINGERPRINT), ("regressed", FINGERPRINT)]
    assert world.notices[1]["bug"]["why"] == "failed in r2 after it was resolved"
    jsonschema.validate(world.notices[1], schema())


@pytest.mark.parametrize("failure", [REFUSED, UNCLEAR])
def test_what_could_not_be_sent_is_sent_with_the_batch_that_comes_again(world, failure) -> None:
    world.failing = [failure]
    batch = stream(record(1))
    with pytest.raises(NotTold, match=FINGERPRINT):
        world.give_again(batch)
    assert (world.bug().count, world.notices) == (1, [])
    world.give_again(batch)
    world.give_again(batch)
    assert (world.bug().count, world.events) == (1, [("new", FINGERPRINT)])


def test_a_run_that_ended_after_it_claimed_a_notice_does_not_lose_it(world) -> None:
    batch = stream(record(1))
    world.failing = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        world.give_again(batch)
    with pytest.raises(NotTold, match="somebody else is sending it"):
        world.give_again(batch)
    world.now += timedelta(seconds=61)
    world.give_again(batch)
    assert world.events == [("new", FINGERPRINT)]
    assert world.bug().notice.attempts == 2


def test_the_same_notice_says_the_same_time_however_late(world) -> None:
    """By it the notifier knows that it has told of it."""
    times = []
    world.failing = [UNCLEAR]
    world.teller = replace(
        world.teller, send=lambda document, _: (times.append(document), world._send(document, ""))
    )
    batch = stream(record(1))
    with pytest.raises(NotTold):
        world.give_again(batch)
    later = record(5, timestamp=iso(NOON + timedelta(seconds=9)))
    world.now += timedelta(seconds=20)
    world.give_again({"Records": [*batch["Records"], *stream(later, first=2)["Records"]]})
    assert [document["bug"]["firstSeen"] for document in times] == [record(1)["timestamp"]] * 2


def test_after_a_quarter_of_an_hour_it_is_given_up_and_said(world) -> None:
    batch = stream(record(1))
    world.failing = [REFUSED] * 9
    for minutes in (0, 5, 10):
        world.now = NOON + timedelta(minutes=minutes)
        with pytest.raises(NotTold):
            world.give_again(batch)
    world.now = NOON + timedelta(minutes=16)
    world.give_again(batch)
    assert world.bug().notice.withheld == "it could not be sent, 3 times"
    assert {"message": "gave a notice up", "fingerprint": FINGERPRINT} in world.said


def test_fingerprints_that_never_repeat_are_told_of_so_often_and_no_more(world) -> None:
    for number in range(MOST_AN_HOUR + 10):
        world.give(record(number, fingerprint=f"v1:{number:016x}"))
    assert len(world.notices) == MOST_AN_HOUR
    world.now += timedelta(hours=1)
    world.give(record(999, fingerprint="v1:00ff", timestamp=iso(world.now)))
    assert len(world.notices) == MOST_AN_HOUR + 1


def test_without_a_notifier_the_topic_is_told_in_json_that_passes_its_filters() -> None:
    calls = []

    class Client:
        def publish(self, **request):
            calls.append(("publish", request))

        def invoke(self, **request):
            calls.append(("invoke", request))
            raise REFUSED

    world = World(MemoryDynamoDb())
    world.give(record(1))
    (document,) = world.notices
    topics = {"ALERTS_TOPIC_ARN": "alerts", "PAGES_TOPIC_ARN": "pages"}
    for environment, expected in (
        (topics, ["publish"]),
        (topics | {"NOTIFIER_FUNCTION": "notifier"}, ["invoke", "publish"]),
    ):
        calls.clear()
        publishing.sender(lambda *_, **__: Client(), environment, None)(document, "page")
        assert [call for call, _ in calls] == expected
        request = calls[-1][1]
        assert request["TopicArn"] == "pages"
        assert request["Subject"] == "NEW BUG orders-function-dev dev: KeyError"
        assert '"NewStateReason": "KeyError is new in orders-function-dev' in request["Message"]
        assert "NewStateValue" not in request["Message"]


@slow
def test_hostile_records_are_told_as_texts() -> None:
    world = World(MemoryDynamoDb())
    for number, text in enumerate(some(hostile.TEXTS.values(), 4)):
        text = text.encode("utf-8", "replace").decode()  # DynamoDB takes no lone surrogate
        fields = {"errorType": text, "errorMessage": text, "topFrame": text, "release": text}
        world.give(record(number, fingerprint=f"v1:{number:x}", **fields))
        world.now += timedelta(minutes=5)
        document = world.notices.pop()
        jsonschema.validate(document, schema())
        subject = publishing.subject(document)
        assert subject.isascii()
        assert subject.isprintable()
        assert len(subject) < 100
        assert publishing.message(document).isascii()
        assert len(json_text(document)) < 16_000
