"""Secrets never reach the table or the log; what is no secret does, as it was."""

import json

import pytest

import errorlog
from errorlog.patterns import REDACTED, patterns
from errorlog.redaction import MAX_TEXT, Sanitiser
from tests.unit.errorlog.planted_secrets import HARMLESS, PLANTED, WORD
from tests.unit.errorlog.surroundings import Context


def sanitiser(*keys: str, emails: bool = False) -> Sanitiser:
    return Sanitiser(patterns(keys, emails), 100_000)


def fail_with(event, message: str) -> None:
    @errorlog.record_errors
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
@pytest.mark.parametrize("label", sorted(PLANTED))
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


@pytest.mark.parametrize("label", sorted(PLANTED))
def test_a_secret_of_a_captured_errors_context_is_hidden_too(label, stage) -> None:
    event, secret = PLANTED[label]
    with stage.watch() as outcome:
        errorlog.capture_exception(ValueError(f"cannot use {event}"), cause=event)
    kept = json.dumps(outcome.records + outcome.lines, ensure_ascii=False)
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in kept


@pytest.mark.parametrize("event", HARMLESS, ids=lambda event: next(iter(event)))
def test_what_is_no_secret_is_kept_verbatim(event) -> None:
    assert sanitiser().plain(event) == event


def test_what_a_key_hides_is_hidden_in_the_message_too(stage) -> None:
    with stage.watch() as outcome:
        fail_with({"password": "tea4two"}, "login of ann with tea4two failed")
    (record,) = outcome.stored
    assert record["errorMessage"] == f"login of ann with {REDACTED} failed"
    assert "tea4two" not in record["stackTrace"]


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


@pytest.mark.parametrize(
    "text",
    ["-" * 20_000, "_" * 20_000, "password" * 2_500, "token=" * 3_000, "<token " * 3_000,
     "4111 " * 4_000, "a.b@" * 5_000, "://" * 6_000, "-----BEGIN PRIVATE KEY-----" * 700,
     'token="' * 3_000, "token" + " " * 20_000, "--token " * 2_500, "bearer " * 3_000,
     "eyJ-" * 25_000],
    ids=lambda text: text[:9],
)  # fmt: skip
def test_no_text_makes_redaction_slow(text, benchmark_clock) -> None:
    plain = benchmark_clock(lambda: patterns((), False).text("some ordinary words " * 1_000))
    assert benchmark_clock(lambda: patterns((), False).text(text)) < 300 * plain + 0.2
