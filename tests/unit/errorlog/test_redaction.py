"""Secrets never reach the table or the log; what is no secret does, as it was."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

import errorlog
from errorlog.dynamodb.connection import Answer
from errorlog.patterns import REDACTED, Patterns, patterns
from errorlog.plain_data import Plain
from errorlog.redaction import Sanitiser
from errorlog.secret_keys import KeyKind
from errorlog.text_redaction import MAX_TEXT
from tests.conftest import some
from tests.unit.errorlog import foreign_errors as foreign
from tests.unit.errorlog.carried_secrets import CARRIED, KEYS
from tests.unit.errorlog.harmless_values import MESSAGES, VALUES
from tests.unit.errorlog.planted_secrets import HARMLESS, PLANTED, WORD
from tests.unit.errorlog.surroundings import Context

ROOT = Path(__file__).parents[3]


def sanitiser(*keys: str, emails: bool = False) -> Sanitiser:
    return Sanitiser(patterns(keys, emails), 100_000)


def left_of(traces, kept) -> list[str]:
    """Those of ``traces`` that ``kept`` still holds, also where it is JSON in itself."""
    texts = [json.dumps(kept, ensure_ascii=False), repr(kept)]
    return [
        trace
        for trace in traces
        if any(
            form in text for text in texts for form in (trace, json.dumps(trace)[1:-1],
                                                        json.dumps(trace, ensure_ascii=False)[1:-1])
        )
    ]  # fmt: skip


def _refusing(text: str) -> Answer:
    """What DynamoDB might say of an item, with ``text`` of it in the words."""
    body = json.dumps({"__type": "x#ValidationException", "message": f"cannot take {text}"})
    return Answer(400, {}, body.encode())


def fail_with(event, message: str, record_event: bool = True) -> None:
    @errorlog.record_errors(record_event=record_event)
    def handler(event, context):
        raise ValueError(message)

    with pytest.raises(ValueError, match=r"[\s\S]*"):
        handler(event, Context())


def test_the_list_is_long_enough() -> None:
    assert len(PLANTED) >= 60
    assert all(secret in json.dumps(event, default=str) or label in ENCODED
               for label, (event, secret) in PLANTED.items())  # fmt: skip


# Their events hold the secret in another form than their records would, if they leaked.
ENCODED = {"json in json", "base64 json", "base64 body", "compressed", "unfinished private key",
           "private key"}  # fmt: skip


@pytest.mark.parametrize("down", [False, True], ids=["table", "log"])
@pytest.mark.parametrize("label", some(sorted(PLANTED), 2))
def test_a_planted_secret_reaches_neither_table_nor_log(label, down, stage, monkeypatch) -> None:
    event, secret = PLANTED[label]
    if down:
        monkeypatch.delenv("ERROR_LOG_TABLE")
    with stage.watch() as outcome:
        fail_with(event, f"cannot use {event}")
        fail_with(event, f"rejected {secret} of {event!r}")
    assert len(outcome.records) == 2
    for record in outcome.records:
        kept = json.dumps(record, ensure_ascii=False)
        assert json.dumps(secret, ensure_ascii=False)[1:-1] not in kept
        assert REDACTED in kept


@pytest.mark.parametrize("label", some(sorted(PLANTED), 4))
def test_a_secret_of_a_captured_errors_context_is_hidden_too(label, stage) -> None:
    event, secret = PLANTED[label]
    with stage.watch() as outcome:
        errorlog.capture_exception(ValueError(f"cannot use {event}"), cause=event)
    kept = json.dumps(outcome.records + outcome.lines, ensure_ascii=False)
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in kept


@pytest.mark.parametrize("event", HARMLESS, ids=lambda event: next(iter(event)))
def test_what_is_no_secret_is_kept_verbatim(event) -> None:
    assert sanitiser().plain(event) == event


@pytest.mark.parametrize("record_event", [True, False], ids=["event", "no event"])
@pytest.mark.parametrize("label", some(sorted(CARRIED), 2))
def test_what_a_key_hides_is_hidden_wherever_else_it_stands(label, record_event, stage) -> None:
    event, message, traces = CARRIED[label]
    with stage.watch() as outcome:
        fail_with(event, message, record_event=record_event)
    (record,) = outcome.records
    assert left_of(traces, record) == []


@pytest.mark.parametrize("label", some(sorted(CARRIED), 4))
def test_and_in_a_captured_errors_context_and_in_the_reason_of_a_line(label, stage) -> None:
    event, message, traces = CARRIED[label]
    stage.store.faults = [lambda: _refusing(message)] * 3
    with stage.watch() as outcome:
        errorlog.capture_exception(ValueError(message), cause=event, again=message)
    assert outcome.fallen_back
    assert left_of(traces, [outcome.lines, outcome.records]) == []


@pytest.mark.parametrize("key", some(KEYS, 3))
@pytest.mark.parametrize("value", ["swordfish", "Vq7zRt2mKx"])
def test_keys_of_their_kinds_in_every_notation(key, value) -> None:
    carriers = [
        {key: value}, {"a": [{key: [value]}]}, [[key, value + "1"]], {"name": key, "value": value},
        json.dumps({key: value}), json.dumps({"body": json.dumps({key: value})}),
        f"{{'{key}': '{value}'}}", f"a=1&{key}={value}&b=2", f"a: 1\n{key}: {value}\nb: 2",
        f"<{key}>{value}</{key}>", f'<a name="{key}">{value}</a>', f"run --{key} {value} -v",
    ]  # fmt: skip
    for carrier in carriers:
        clean = sanitiser()
        clean.gather(carrier)
        assert left_of([value], clean.plain(carrier)) == [], carrier


def test_the_sets_are_as_long_as_the_documents_say() -> None:
    counts = {
        "planted": len(PLANTED) + len(CARRIED) + len(foreign.TOLD) + len(foreign.TOLD_IF_MADE),
        "keys": len(KEYS),
        "harmless": len(VALUES),
        "messages": len(MESSAGES) + len(foreign.HARMLESS),
    }
    assert counts["planted"] >= 120
    assert counts["harmless"] >= 133
    assert counts["messages"] >= 21
    told = " ".join((ROOT / "docs" / "error-log.md").read_text().split())
    hidden, damaged = _hidden_values(), _damaged_messages()
    assert (
        f"Of {counts['planted']} planted secrets, and of {counts['keys']} keys in twelve "
        f"notations, none is left; {len(hidden)} of {counts['harmless']} harmless values is "
        f"hidden, and {len(damaged)} of {counts['messages']} harmless messages."
    ) in told


def _hidden_values() -> list[Any]:
    hidden = []
    for value in VALUES:
        clean = sanitiser()
        clean.gather(value)
        if clean.plain(value) != value:
            hidden.append(value)
    return hidden


def _damaged_messages() -> list[str]:
    damaged = []
    for message in (*MESSAGES, *foreign.HARMLESS):
        clean = sanitiser()
        clean.gather(message)
        if clean.text(message) != message:
            damaged.append(message)
    return damaged


def test_hardly_any_harmless_value_is_hidden() -> None:
    assert len(_hidden_values()) <= 5, _hidden_values()


def test_hardly_any_harmless_message_is_damaged() -> None:
    assert len(_damaged_messages()) <= 1, _damaged_messages()


def test_what_a_key_hides_is_hidden_in_the_message_too(stage) -> None:
    with stage.watch() as outcome:
        fail_with({"password": "tea4two"}, "login of ann with tea4two failed")
    (record,) = outcome.stored
    assert record["errorMessage"] == f"login of ann with {REDACTED} failed"
    assert "tea4two" not in record["stackTrace"]


class Composed(Exception):
    """Whose words are more than its fields, as those of many libraries are."""

    def __init__(self, held: str) -> None:
        super().__init__()
        self.held = held

    def __str__(self) -> str:
        return f"login failed: password={self.held}"


@pytest.mark.parametrize(
    "failure",
    [Composed(WORD), OSError(13, "no login with password", WORD), RuntimeError("password", WORD)],
    ids=lambda failure: type(failure).__name__,
)
@pytest.mark.parametrize("outer", [False, True], ids=["itself", "what it caused"])
def test_what_only_the_whole_message_tells_is_hidden_wherever_else(failure, outer, stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        if outer:
            raise LookupError(f"no order of {WORD}") from failure
        raise failure

    with stage.watch() as outcome, pytest.raises(Exception, match=WORD):
        handler({"note": f"my {WORD}"}, Context())
    (record,) = outcome.records
    assert left_of([WORD], record) == []


class Printed(str):
    """A text that prints otherwise than it compares."""

    def __format__(self, spec: str) -> str:
        return f"password={WORD}"


class Mute(Exception):
    def __str__(self) -> str:
        return Printed("no stock")


def test_what_is_read_of_a_message_is_what_is_written(stage) -> None:
    @errorlog.record_errors
    def handler(event, context):
        raise Mute

    with stage.watch() as outcome, pytest.raises(Mute):
        handler("no stock", Context())
    (record,) = outcome.records
    assert record["stackTrace"].endswith("Mute: no stock")
    assert left_of([WORD], record) == []


@pytest.mark.parametrize(
    ("pattern", "key", "hidden"),
    [
        ("licence_plate", "licencePlate", True),
        ("licence_plate", "Licence-Plate", True),
        ("licence_plate", "licence", False),
        ("*plate", "licencePlate", True),
        ("plate*", "plateNumber", True),
        ("plate*", "licencePlate", False),
    ],
)
def test_a_team_adds_keys_of_its_own(pattern, key, hidden) -> None:
    assert (sanitiser(pattern).plain({key: "B-XY 12"})[key] == REDACTED) is hidden


def test_a_key_of_their_own_is_found_in_texts() -> None:
    text = sanitiser("licence_plate", "x-*-id").text("licence-plate=BXY12&x-our-id: 99, page=2")
    assert text == f"licence-plate={REDACTED}&x-our-id: {REDACTED}, page=2"


def test_their_keys_come_from_the_environment(stage, monkeypatch) -> None:
    monkeypatch.setenv("ERROR_LOG_REDACT_KEYS", "plate, seat*")
    with stage.watch() as outcome:
        fail_with({"plate": "BXY12", "seatNumber": "12A", "row": "7"}, "x")
    (record,) = outcome.stored
    assert record["event"] == {"plate": REDACTED, "seatNumber": REDACTED, "row": "7"}


def test_e_mail_addresses_are_hidden_on_request() -> None:
    assert sanitiser().text("to ann@example.com") == "to ann@example.com"
    assert sanitiser(emails=True).text("to ann@example.com") == f"to {REDACTED}"


class Whole(int):
    """A number whose class says that it is another one."""

    def __int__(self) -> int:
        return Whole(7)


class Fraction(float):
    def __float__(self) -> float:
        raise ValueError


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("number", "kept"), [(Whole(5), 5), (Fraction(2.5), 2.5)])
def test_a_number_is_what_it_holds_and_warns_nobody(number: float, kept: float) -> None:
    made = sanitiser()
    made.gather({"pin": number})
    plain = made.plain({"count": number})
    assert isinstance(plain, dict)
    assert (plain["count"], type(plain["count"])) == (kept, type(kept))


class Forgetful(Patterns):
    """Reads every text and every name anew."""

    def key(self, name: str) -> tuple[KeyKind, int, str]:
        return self.kind(name), 0, ""

    def size(self, text: str) -> int:
        return 0  # as of one that cannot be written as it is


def written(known: Patterns, event: object, *others: object) -> tuple[Plain, int]:
    made = Sanitiser(known, 100_000)
    made.gather(event, *others)
    return made.plain(event), made.hidden


REMEMBERED = [event for event, _ in PLANTED.values()] + HARMLESS + VALUES


@pytest.mark.parametrize("first", some(range(8), 4))
def test_what_was_read_before_is_written_as_when_read_anew(first) -> None:
    remembering = Patterns()
    for event in REMEMBERED[first::8]:
        encoded = base64.b64encode(json.dumps(event, default=str).encode()).decode()
        whole = {"event": event, "list": [event, f"key {encoded} is bad"], encoded: "key"}
        anew = written(Forgetful(), whole)
        assert written(remembering, whole) == anew
        assert written(remembering, whole) == anew


def test_a_text_that_held_nothing_is_hidden_where_it_is_a_secret() -> None:
    known = Patterns()
    event = {"note": "purple-tiger", "purple-tiger": 1, "list": ["my purple-tiger sleeps"]}
    assert written(known, event) == (event, 0)
    kept, _ = written(known, event, {"password": "purple-tiger"})
    assert kept == {"note": REDACTED, REDACTED: 1, "list": [f"my {REDACTED} sleeps"]}
    assert written(known, event) == (event, 0)


def test_a_body_that_held_nothing_is_hidden_where_a_secret_is_escaped_in_it() -> None:
    known = Patterns()
    body = {"body": '{"note": "\\u0070urple-tige\\u0072"}'}
    for _ in range(2):  # as an event, and as one whose other parts tell what is secret
        once = Sanitiser(known, 100_000)
        once.gather(kept=body)
        assert once.plain(body) == body
        once = Sanitiser(known, 100_000)
        once.gather({"password": "purple-tiger"}, kept=body)
        assert once.plain(body) == {"body": f'{{"note": "{REDACTED}"}}'}


def test_what_is_remembered_of_events_is_bounded() -> None:
    known = Patterns()
    for number in range(1_100):
        written(known, {f"key {number} " * 9: f"some text {number} " * 9})
    kept = sum(len(text) for text in known.ordinary)
    assert 0 < kept <= 256 * 1_024
    written(known, {"a key " * 100: "a text " * 100})
    assert all(len(text) <= 256 for text in known.ordinary)


def test_what_is_remembered_of_keys_is_bounded_in_bytes() -> None:
    """Twelve of JSON and four of memory for a letter beyond ASCII."""
    known = Patterns()
    for length, events in ((1, 300), (25, 300), (250, 3)):
        for number in range(events):
            sanitiser = Sanitiser(known, 65_536)
            keys = [f"{number} {chr(0x1F40F) * length} {key}" for key in range(8)]
            sanitiser.gather(kept=dict.fromkeys(keys, 1))
        assert len(known.key_sets) <= 256
        assert max(kept.size for kept in known.key_sets.values()) <= 2_048
        assert max(len(shown) for _, _, shown in known.names.values()) <= 512


def test_a_body_stays_json_and_keeps_the_rest() -> None:
    clean = sanitiser().plain({"body": json.dumps({"user": "ann", "password": WORD})})
    assert json.loads(clean["body"]) == {"user": "ann", "password": REDACTED}


@pytest.mark.parametrize("lead", [MAX_TEXT - 10, MAX_TEXT - 30, MAX_TEXT + 10])
def test_a_secret_across_the_cut_is_not_halved(lead) -> None:
    clean = sanitiser().plain("x" * (lead - 1) + " password=" + "s3cr3t" * 10)
    assert "s3cr" not in clean


def test_a_cut_says_how_much_is_missing() -> None:
    clean = sanitiser().plain("x" * 100_000)
    assert clean == "x" * MAX_TEXT + f"[cut {100_000 - MAX_TEXT} of 100000 characters]"
    many = sanitiser().plain(list(range(6_000)))
    assert many[-1] == f"[cut: {6_000 - len(many) + 1} more items]"
    assert sanitiser().plain({str(i): i for i in range(6_000)})["[cut]"].endswith("more keys")


def test_a_cycle_is_named_where_it_closes() -> None:
    order: dict[str, Any] = {"id": 1}
    order["lines"] = [order, {"order": order}]
    assert sanitiser().plain(order) == {
        "id": 1,
        "lines": ["[cycle: dict]", {"order": "[cycle: dict]"}],
    }
