"""What a record says is text in every message: nothing is obeyed, linked, mentioned or hidden."""

import json
import re
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from notifier import bug_notices
from notifier.channels import mail, slack
from notifier.explaining import announced, explained
from notifier.explanation import Explanation, PastAlarm, RawMessage
from notifier.incoming import UnknownEvent, read
from notifier.plain_text import shown
from tests.conftest import ROOT, slow, some
from tests.hostile_records import TEXTS, canary, record
from tests.unit.notifier.rendering import CHANNELS, RenderedChannel
from tests.unit.notifier.stage import BUG, NOW, Answers, deployed, event, facts, page, told
from tocsin import names

PLACE = ("aws", "us-east-1", "123456789012")
ERRORS = names.alarm("orders", "error-rate", "prod")
SCHEMA = Draft202012Validator(json.loads((ROOT / "docs/schemas/page.json").read_text()))


def failing(text: str) -> Explanation:
    """A page whose bugs say ``text`` wherever a record can."""
    found = record(text)
    bug = replace(
        BUG, fingerprint=found["fingerprint"], type=found["errorType"],
        message=found["errorMessage"], first_release=found["release"],
        last_release=found["release"], top_frame=found["topFrame"], log_stream=found["logStream"],
    )  # fmt: skip
    return explained(page(), facts(), Answers(deployed(ERRORS), [1.0, 9.0], (bug, bug, bug)), NOW)


def news(text: str) -> Explanation:
    bug = {
        "fingerprint": text or "x", "type": text, "message": text, "count": 1,
        "firstSeen": text, "lastSeen": text, "firstRelease": text, "lastRelease": text,
        "topFrame": text, "functions": [text, text], "owner": text, "severity": text,
    }  # fmt: skip
    (notice,) = read({"tocsin": "bug-notice", "event": "new", "stage": text, "function": text,
                      "bug": bug})  # fmt: skip
    return bug_notices.explained(notice, facts(), NOW, PLACE)


def stranger(text: str) -> Explanation:
    """An alarm that somebody else made, with a name and a reason of theirs."""
    return explained(told(text or "x", NewStateReason=text), facts(), Answers(), NOW)


def over(text: str) -> Explanation:
    """That it is over, with the bugs that are still open as the memory has them."""
    known = {
        BUG.fingerprint: {
            "status": "seen", "type": text, "message": text, "count": 2, "topFrame": text,
            "firstSeen": text, "firstRelease": text,
        }
    }  # fmt: skip
    past = PastAlarm(alarm=ERRORS, function=text, value=text, began=NOW, owners=(text,),
                     bugs=(BUG.fingerprint,))  # fmt: skip
    return explained(page("OK"), facts(), Answers(deployed(), [1.0, 9.0], known=known), NOW, past)


def drill(text: str) -> Explanation | RawMessage:
    """That a drill is held, as somebody else may publish it."""
    (told_of,) = read(event(json.dumps({"drill": text}), "pages-topic-prod"))
    return announced(told_of, facts())


def raw(text: str) -> RawMessage:
    return RawMessage(subject=text, body=text, why=text, dedup_key="x")


MESSAGES = {
    "page": failing,
    "over": over,
    "news": news,
    "stranger": stranger,
    "raw": raw,
    "drill": drill,
}


# What clients make links of without a scheme; an independent reading of the same rule.
BARE = re.compile(r"(?i)\b(www|[\w-]+)\.(com|net|org)\b(?!\.\w)")


def by_slack(channel: RenderedChannel, made: Any) -> None:
    assert not set("<>") & set(made["text"].replace("&lt;", "").replace("&gt;", ""))
    assert "mrkdwn" not in channel.text(made)
    assert "link_names" not in made


def by_teams(channel: RenderedChannel, made: Any) -> None:
    assert "{{" not in channel.text(made).replace('{"', "")
    assert '"TextBlock"' not in channel.text(made)
    assert '"Fact' not in channel.text(made)


def by_mail(_: RenderedChannel, made: Any) -> None:
    assert made.subject.isascii()
    assert made.subject.isprintable()
    assert 0 < len(made.subject) < 100


def by_webhook(_: RenderedChannel, made: Any) -> None:
    assert list(SCHEMA.iter_errors(made)) == []


# What its clients would obey in a text, or its receivers refuse.
DISOBEYED = {"slack": by_slack, "teams": by_teams, "mail": by_mail, "webhook": by_webhook}


def test_of_each_channel_it_is_said_what_its_clients_obey() -> None:
    assert DISOBEYED.keys() == {channel.name for channel in CHANNELS}


def harmless(channel: RenderedChannel, made: Any, what: Explanation | RawMessage) -> None:
    assert channel.problems(made) == []
    own = [link.url for link in getattr(what, "links", ())]
    for text in channel.shown(made):
        if channel.name == "mail" and isinstance(what, RawMessage) and text == made.body:
            continue  # unchanged, by design: plain text below a line of ours
        for character in text:
            hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")
            assert not hidden or character == "\n", (channel.name, text)
        if channel.name == "webhook":
            continue  # data for a program
        left = text
        for url in own:
            left = left.replace(url, "")
        assert "://" not in left.replace("[:]//", ""), (channel.name, text)
        assert "javascript:" not in left.lower()
        assert not BARE.search(left), (channel.name, text)
    encoded = channel.text(made).encode("utf-8")  # no lone surrogate
    assert len(encoded) < 100_000
    DISOBEYED[channel.name](channel, made)


@slow
@pytest.mark.parametrize("name", some(TEXTS, 3))
def test_a_hostile_text_is_shown_and_obeyed_by_nobody(name) -> None:
    ran = canary()
    for kind, make in MESSAGES.items():
        what = make(TEXTS[name])
        for channel in CHANNELS:
            harmless(channel, channel.make(what, kind == "raw"), what)
    said = over(TEXTS[name])
    of_slack = next(channel for channel in CHANNELS if channel.name == "slack")
    begun = failing(TEXTS[name])
    harmless(of_slack, slack.answer(said), said)
    harmless(of_slack, slack.over(slack.message(begun), said), begun)
    text_message = mail.mail(said).sms
    assert text_message.isascii()
    assert text_message.isprintable()
    assert len(text_message) <= mail.MOST_SMS
    assert ran == []


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("https://example.com/x", "https[:]//example[.]com/x"),
        ("mailto:a@example.org tel:112", "mailto[:]a@example[.]org tel[:]112"),
        ("www.example.com", "www[.]example[.]com"),
        ("db.shop.example.net:5432", "db.shop.example[.]net:5432"),
        ("\u0430\u0440.\u0440\u0444/x x.xn--p1ai", "\u0430\u0440[.]\u0440\u0444/x x[.]xn--p1ai"),
        ("http:\\\\x", "http[:]\\\\x"),
        # What a stack trace or a log has is no address.
        ("stock.py:24 in reserve", "stock.py:24 in reserve"),
        ("java.io.IOException: x", "java.io.IOException: x"),
        ("1.2.3 e.g. self.app.link v1:0123", "1.2.3 e.g. self.app.link v1:0123"),
        ("./inv errors-show v1:0f3c --stage prod", "./inv errors-show v1:0f3c --stage prod"),
        ("docs/runbook.md#error-rate", "docs/runbook.md#error-rate"),
    ],
)
def test_an_address_is_taken_apart_and_nothing_else(said, read) -> None:
    assert shown(said, 200) == read


@settings(max_examples=10)
@given(st.text(max_size=600), st.sampled_from(sorted(MESSAGES)))
def test_any_text_at_all_fits_every_channel(text, kind) -> None:
    what = MESSAGES[kind](text)
    for channel in CHANNELS:
        harmless(channel, channel.make(what), what)


@slow
@pytest.mark.parametrize("filling", ["\x1b", "\U0001f469", '"', "{{"])
def test_megabytes_are_cut_before_anything_looks_at_them(filling) -> None:
    for make in (failing, raw, news):
        what = make(filling * 100_000)
        for channel in CHANNELS:
            made = channel.make(what)
            assert channel.problems(made) == []
            assert len(channel.text(made)) < 400_000


@pytest.mark.parametrize(
    "event",
    [None, 1, "x", [], {}, {"Records": []}, {"Records": [None]}, {"Records": [{"Sns": {}}]},
     {"tocsin": "bug-notice"}, {"tocsin": "bug-notice", "event": "new", "bug": {}},
     {"tocsin": "bug-notice", "event": "x", "bug": {"fingerprint": "x"}}],
)  # fmt: skip
def test_what_is_nothing_of_ours_is_named_and_not_guessed(event) -> None:
    with pytest.raises(UnknownEvent):
        read(event)
