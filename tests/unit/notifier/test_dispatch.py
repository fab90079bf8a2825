"""Each receiver once; twice only where nobody knows, and then it says so; never not at all."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from notifier import sending
from notifier.channel_secrets import ChannelSecrets
from notifier.claims import Claim, Claims
from notifier.dispatch import Dispatch
from notifier.explaining import explained
from notifier.explanation import RawMessage
from notifier.https_post import HttpAnswer, NotSent, RefusedAddress, Unclear
from notifier.incoming import AlarmMessage
from notifier.sending import Sender
from notifier.stage_facts import Route
from tests import error_log_table
from tests.conftest import slow
from tests.unit.notifier.stage import BUG, NOW, Answers, deployed, facts, page
from tocsin import names
from tocsin.config import notification

TABLE = "error-log-table-prod"
ERRORS = names.alarm("orders", "error-rate", "prod")
TOKEN, HOOK = "xoxb-123-secret", "https://hooks.slack.com/services/T0/B0/secret"
BOT = Route(id="bot", protocol="slack", severity="page", secret="ssm:bot", channel="C0123456789")
SLACK = Route(id="slack", protocol="slack", severity="page", secret="ssm:hook")
TEAMS = Route(id="teams", protocol="teams", severity="page", secret="ssm:teams")
PROGRAM = Route(id="program", protocol="webhook", severity="page", secret="ssm:key",
                endpoint="https://example.com/hook")  # fmt: skip
MAIL = Route(id="mail", protocol="email", severity="page", topic="people-topic-prod")
EVERY = (BOT, SLACK, TEAMS, PROGRAM, MAIL)
SECRETS = {
    "bot": TOKEN,
    "hook": HOOK,
    "teams": "https://prod.logic.example.com/secret",
    "key": "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
}
RAW = RawMessage(subject="ALARM: x", body="{}", why="", dedup_key="x")
OK = HttpAnswer(200, b'{"ok": true, "ts": "17.1", "channel": "C0123456789"}')


@dataclass
class Receivers:
    """Everybody who is sent anything: ``answers`` by a part of the URL, in their order."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    got: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    logged: list[dict[str, Any]] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    def request(self, url: str, body: bytes, headers: Any, timeout: float, **_: Any) -> HttpAnswer:
        self.got.append((url, json.loads(body), dict(headers)))
        return self._answer(url) or OK

    def publish(self, **message: Any) -> None:
        self.got.append(("sns", message, {}))
        self._answer("sns")

    def _answer(self, url: str) -> Any:
        for part, answers in self.answers.items():
            if part in url and answers:
                answer = answers.pop(0)
                if isinstance(answer, Exception):
                    raise answer
                return answer
        return None

    def to(self, part: str) -> list[dict[str, Any]]:
        return [body for url, body, _ in self.got if part in url]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with mock_aws():
        made = boto3.client(
            "dynamodb", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        error_log_table.create(made, TABLE)
        yield made


@pytest.fixture
def receivers() -> Receivers:
    return Receivers()


@pytest.fixture
def dispatch(client, receivers) -> Dispatch:
    for item in client.scan(TableName=TABLE)["Items"]:
        key = {name: item[name] for name in ("errorId", "timestamp")}
        client.delete_item(TableName=TABLE, Key=key)
    secrets = ChannelSecrets(lambda _, name: receivers.secrets[name])
    sender = Sender(
        secrets, receivers.publish, lambda name: f"arn:aws:sns:us-east-1:1:{name}",
        now=lambda: 1_795_000_000.0, request=receivers.request,
    )  # fmt: skip
    claims = Claims(client, TABLE, 60.0)
    return Dispatch(
        sender, claims, lambda: 50.0, sleep=receivers.waited.append, log=receivers.logged.append
    )


def said(told: AlarmMessage, past: Any = None) -> Any:
    answers = Answers(deployed(ERRORS), [17.28, 240.0], (BUG,))
    return explained(told, facts(), answers, NOW, past)


@slow
def test_everybody_is_told_once_however_often_it_is_delivered(dispatch, receivers) -> None:
    for _ in range(3):
        outcomes = dispatch.deliver(page(), said(page()), RAW, EVERY)
        assert [outcome.failed for outcome in outcomes] == [""] * len(EVERY)
    assert len(receivers.got) == len(EVERY)
    assert {outcome.done for outcome in outcomes} == {"sent before"}
    # Nobody else's page is taken for it.
    later = page("OK")
    dispatch.deliver(later, said(later), RAW, [MAIL])
    assert len(receivers.to("sns")) == 2


@slow
def test_two_deliveries_at_once_are_one(dispatch, receivers) -> None:
    both = [
        threading.Thread(target=dispatch.deliver, args=(page(), said(page()), RAW, EVERY))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(receivers.got) == len(EVERY)


@pytest.mark.parametrize(
    ("unclear", "repeats"),
    [
        (Unclear("no answer"), True),
        (HttpAnswer(502, b""), True),
        (NotSent("no connection"), False),
        (HttpAnswer(429, b"", 1.0), False),
    ],
)
@pytest.mark.parametrize("route", [SLACK, TEAMS, PROGRAM], ids=lambda route: route.id)
def test_only_what_may_be_there_is_sent_again_as_a_repeat(
    dispatch, receivers, route, unclear, repeats
) -> None:
    receivers.answers = {"https": [unclear]}
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [route])
    assert outcome.done
    first, second = receivers.to("https")
    marked = "(repeat)" in json.dumps(second) or second.get("repeat") is True
    assert marked == repeats
    assert "(repeat)" not in json.dumps(first)
    if route is PROGRAM:
        ids = {headers["webhook-id"] for _, _, headers in receivers.got}
        assert len(ids) == 1


NO_SLACK = HttpAnswer(200, b"<html>Please sign in</html>")
ENDS = {
    # what the receiver answers: (requests, those marked, words of the failure, the next is marked)
    "is not there": ([HttpAnswer(400, b"")], 1, 0, "answered 400", False),
    "leads elsewhere": ([HttpAnswer(302, b"")], 1, 0, "answered 302, a redirect", False),
    "never connects": ([NotSent("no connection")] * 3, 3, 0, "no connection", False),
    "never answers": ([Unclear("no answer")] * 3, 3, 2, "no answer", True),
    "answers late, then refuses": ([Unclear("x"), HttpAnswer(400, b"")], 2, 1, "400", True),
    "answers late, then is away": ([Unclear("x"), *[NotSent("no connection")] * 2], 3, 2,
                                   "no connection", True),
    "is busy for long": ([HttpAnswer(429, b"", 120.0)], 1, 0, "asks to wait 120 s", False),
    "is busy for ever": ([HttpAnswer(429, b"", float("inf"))], 1, 0, "asks to wait inf s", False),
    "is busy and may have it": ([HttpAnswer(503, b"", 120.0)], 1, 0, "asks to wait 120 s", True),
    "waited for nothing": ([HttpAnswer(408, b"")] * 3, 3, 0, "answered 408", False),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_the_next_delivery_says_that_it_may_be_the_second_only_where_it_may(
    dispatch, receivers, end
) -> None:
    answers, requests, marked, why, next_marked = ENDS[end]
    receivers.answers = {"https": [*answers]}
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [TEAMS])
    assert why in outcome.failed
    sent = [json.dumps(body) for body in receivers.to("https")]
    assert (len(sent), sum("(repeat)" in body for body in sent)) == (requests, marked)
    receivers.got.clear()
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [TEAMS])
    assert outcome.done
    assert ("(repeat)" in json.dumps(receivers.to("https"))) == next_marked


def test_every_protocol_that_is_explained_has_a_way_of_its_own() -> None:
    assert sending.PROTOCOLS == notification.EXPLAINED
    assert {route.protocol for route in EVERY} == sending.PROTOCOLS - {"sms"}  # by the mail's topic


def test_what_a_receiver_asks_to_wait_is_waited_for(dispatch, receivers) -> None:
    receivers.answers = {"https": [HttpAnswer(429, b"", 2.0), HttpAnswer(503, b"", 3.0)]}
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [TEAMS])
    assert outcome.done
    assert receivers.waited == [2.0, 3.0]


@pytest.mark.parametrize("route", [BOT, SLACK], ids=lambda route: route.id)
@pytest.mark.parametrize("body", [NO_SLACK.body, b"", b"[]", b"null", b"{}", b"[" * 60_000])
def test_what_is_not_slacks_answer_is_none(dispatch, receivers, route, body) -> None:
    receivers.answers = {"slack.com": [HttpAnswer(200, body)]}
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [route])
    assert outcome.done == "sent, perhaps twice"
    assert "(repeat)" in json.dumps(receivers.to("slack.com")[1])


def test_an_incoming_webhook_of_slacks_says_ok(dispatch, receivers) -> None:
    receivers.answers = {"slack.com": [HttpAnswer(200, b"ok")]}
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [SLACK])
    assert outcome.done == "sent"


def test_a_secret_that_cannot_be_read_is_no_delivery(dispatch, receivers) -> None:
    held = receivers.secrets.pop("teams")
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [TEAMS])
    assert outcome.failed == "KeyError"
    receivers.secrets["teams"] = held
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [TEAMS])
    assert outcome.done == "sent"
    assert "(repeat)" not in json.dumps(receivers.to("https"))


def test_a_claim_that_never_came_back_is_taken_over_and_said_to_be_a_repeat(
    dispatch, receivers
) -> None:
    dead = Claims(dispatch.claims.client, TABLE, -1.0)
    assert dead.take(page(), MAIL) is Claim.SEND  # and then the process was killed
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [MAIL])
    assert outcome.done == "sent"
    (mail,) = receivers.to("sns")
    assert mail["Subject"].endswith("(repeat)")


def test_a_claim_that_is_at_work_is_waited_for(dispatch, receivers, client) -> None:
    slow = Claims(client, TABLE, 60.0)
    assert slow.take(page(), MAIL) is Claim.SEND
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            slow.sent(page(), MAIL, None, {})

    waiting = Claims(client, TABLE, 60.0, sleep=sleep)
    assert waiting.take(page(), MAIL) is Claim.DONE
    assert len(waits) == 2


def test_what_failed_is_given_back_and_is_no_repeat_later(dispatch, receivers) -> None:
    receivers.answers = {"https": [HttpAnswer(400, b"")]}
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [TEAMS])
    assert outcome.failed == "answered 400"
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [TEAMS])
    assert outcome.done == "sent"
    assert "(repeat)" not in json.dumps(receivers.to("https"))


def test_without_the_table_it_is_sent_all_the_same(dispatch, receivers, monkeypatch) -> None:
    def broken(**_: Any) -> None:
        raise ConnectionError("the table is away")

    exceptions = dispatch.claims.client.exceptions
    away = SimpleNamespace(put_item=broken, query=broken, exceptions=exceptions)
    monkeypatch.setattr(dispatch.claims, "client", away)
    outcomes = dispatch.deliver(page(), said(page()), RAW, EVERY)
    assert all(outcome.done for outcome in outcomes)
    assert len(receivers.got) == len(EVERY)


@pytest.mark.parametrize(
    ("answers", "sent"),
    [
        ([HttpAnswer(403, b""), None], 2),
        ([HttpAnswer(200, b'{"ok": false, "error": "invalid_auth"}'), None], 2),
        ([HttpAnswer(200, b'{"ok": false, "error": "channel_not_found"}')], 1),
        ([HttpAnswer(400, b"")], 1),
        ([RefusedAddress("an address within a network")], 1),
    ],
)
def test_a_secret_that_may_be_old_is_read_anew_once(dispatch, receivers, answers, sent) -> None:
    dispatch.sender.secrets.get("ssm:bot")
    receivers.secrets["bot"] = "xoxb-456-newer"
    receivers.answers = {"slack.com": [*answers]}
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [BOT])
    assert len(receivers.to("slack.com")) == sent
    tokens = [headers["authorization"] for _, _, headers in receivers.got]
    assert tokens[0].endswith(TOKEN)
    if sent == 2:
        assert outcome.done
        assert tokens[1].endswith("xoxb-456-newer")
    else:
        assert outcome.failed


@slow
def test_one_that_fails_or_hangs_keeps_nobody_else_from_the_page(
    dispatch, receivers, monkeypatch
) -> None:
    hanging = threading.Event()

    def hangs(self: Any, route: Route, letter: Any, secret: Any) -> Any:
        hanging.wait(20)
        return {}

    monkeypatch.setitem(sending._BY_REQUEST, "slack", hangs)
    monkeypatch.setattr(dispatch, "left_s", lambda: 2.2)
    receivers.secrets["teams"] = "no address at all"
    receivers.secrets["key"] = "whsec_short"
    outcomes = dispatch.deliver(page(), said(page()), RAW, EVERY)
    hanging.set()
    assert {outcome.route.id: outcome.failed for outcome in outcomes} == {
        "bot": "not done in time", "slack": "not done in time",
        "teams": "no URL in the secret",
        "program": "a signing key that is not whsec_ and base64",
        "mail": "",
    }  # fmt: skip


def test_a_bots_recovery_changes_the_head_and_answers_below(dispatch, receivers) -> None:
    dispatch.deliver(page(), said(page()), RAW, [BOT, SLACK])
    over = page("OK")
    past = dispatch.begun(over).past
    assert past.value == "7.2 %"
    dispatch.deliver(over, said(over, past), RAW, [BOT, SLACK])
    posted, updated, answered = receivers.to("slack.com/api")
    assert "chat.update" in [url for url, _, _ in receivers.got if "api" in url][1]
    assert updated["ts"] == answered["thread_ts"] == "17.1"
    assert updated["blocks"][0]["text"]["text"].startswith("OK orders prod: errors")
    # The numbers and bugs of the alarm stay below the new head.
    assert updated["blocks"][1:] == posted["blocks"][1:]
    # A webhook can neither: it says it anew.
    assert "thread_ts" not in receivers.to("hooks")[1]


@pytest.mark.parametrize("gone", ["message_not_found", "cant_update_message"])
def test_a_message_that_cannot_be_changed_is_answered_all_the_same(
    dispatch, receivers, gone
) -> None:
    dispatch.deliver(page(), said(page()), RAW, [BOT])
    refused = HttpAnswer(200, json.dumps({"ok": False, "error": gone}).encode())
    receivers.answers = {"chat.update": [refused]}
    over = page("OK")
    (outcome,) = dispatch.deliver(over, said(over), RAW, [BOT])
    assert outcome.done == "sent"
    assert receivers.to("chat.postMessage")[1]["thread_ts"] == "17.1"


def test_no_secret_is_in_what_is_logged_kept_or_said(dispatch, receivers, client) -> None:
    receivers.answers = {
        "slack.com": [Unclear("x"), HttpAnswer(500, TOKEN.encode()), HttpAnswer(403, b"")],
        "hooks": [HttpAnswer(404, HOOK.encode())] * 3,
        "logic": [RefusedAddress("an address within a network")],
    }
    outcomes = dispatch.deliver(page(), said(page()), RAW, EVERY)
    kept = client.scan(TableName=TABLE)["Items"]
    bodies = [body for _, body, _ in receivers.got]
    text = json.dumps([receivers.logged, kept, bodies, [repr(outcome) for outcome in outcomes]])
    for secret in SECRETS.values():
        assert secret not in text
        assert secret not in repr(dispatch.sender.secrets.get("ssm:bot"))


def test_what_a_channel_cannot_take_is_sent_raw(dispatch, receivers, monkeypatch) -> None:
    refuse: Callable[[Any], list[str]] = lambda made: (  # noqa: E731
        [] if "Not explained" in json.dumps(made) else ["30000 bytes"]
    )
    monkeypatch.setattr("notifier.sending._TEAMS", replace(sending._TEAMS, problems=refuse))
    (outcome,) = dispatch.deliver(page(), said(page()), RAW, [TEAMS])
    assert outcome.done.startswith("sent raw")
    (sent,) = receivers.to("logic")
    assert "too large: 30000 bytes" in json.dumps(sent)
