"""What a printed record may put into the table: what errorlog would have, whoever printed it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tocsin import triage

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
FAILED_AT = datetime(2026, 11, 23, 14, tzinfo=UTC)
RECORD = {
    "errorId": "01FALLBACK",
    "timestamp": "2026-11-23T14:00:00.000Z",
    "functionName": "orders-function-dev",
    "errorType": "ValueError",
    "fingerprint": "v1:0f3c5a7e9b1d2c4f",
}


def kept_until(stage) -> int:
    return int((FAILED_AT + timedelta(days=stage.error_retention_days)).timestamp())


def stored(account, stage, **changes):
    """What the table has of a printed record with ``changes``."""
    line = json.dumps({"error_log_fallback": RECORD | changes})
    triage.bring_back(account, stage, triage.fallback_records(line, NOW).records)
    return triage.plain(triage.show(account, stage, "01FALLBACK"))


SECRETS = [
    {"errorMessage": "password=Pw-Min-1"},
    {"event": {"password": "Pw-Min-1"}},
    {"event": {"password": "Pw-Min-1"}, "errorMessage": "refused Pw-Min-1"},
    {"event": {"password": "Pw-Min-1"}, "stackTrace": "ValueError: Pw-Min-1"},
    {"event": '{"password": "Pw-Min-1"}'},
    {"context": {"api_key": "Pw-Min-1"}},
    {"logBefore": ["password=Pw-Min-1"]},
    {"another": {"token": "Pw-Min-1"}},
    {"release": "password=Pw-Min-1"},
]


@pytest.mark.parametrize("said", SECRETS, ids=str)
def test_no_secret_of_a_line_is_stored(account, stage, said) -> None:
    assert "Pw-Min-1" not in json.dumps(stored(account, stage, **said))


LARGE = [
    ("event", {"text": "x" * 300_000}, 16_384),
    ("event", {str(number): "x" * 1_000 for number in range(300)}, 65_536),
    ("event", "x y " * 75_000, 16_384),
    ("errorMessage", "x y " * 75_000, 4_096),
    ("stackTrace", "x y z " * 75_000, 16_384),
    ("errorType", "x" * 300_000, 512),
]


@pytest.mark.parametrize(("field", "value", "most"), LARGE)
def test_a_field_is_as_bounded_as_errorlogs_own(account, stage, field, value, most) -> None:
    kept = json.dumps(stored(account, stage, **{field: value})[field])
    assert most // 2 < len(kept) < most * 1.2 + 100


# A field, what a line says of it, and what of that is stored; None: nothing.
SAID = [
    ("durationMs", float("inf"), None),
    ("durationMs", float("nan"), None),
    ("durationMs", "12", None),
    ("durationMs", True, None),
    ("memoryMb", 1e300, None),
    ("coldStart", "yes", None),
    ("coldStart", True, True),
    ("handled", "yes", False),
    ("handled", True, True),
    ("source", "platform", "handler"),
    ("errorType", ["x"], "Exception"),
    ("errorMessage", {"a": 1}, None),
    ("traceId", "1-2 3", None),
    ("event", "a text", "a text"),
    ("logGroup", "/aws/lambda/orders", "/aws/lambda/orders"),
    ("logGroup", "\x1b[2J", None),
    ("logStream", "2026/11/23/[$LATEST]0f3c5a7e9b1d2c4f0f3c5a7e9b1d2c4f",
     "2026/11/23/[$LATEST]0f3c5a7e9b1d2c4f0f3c5a7e9b1d2c4f"),
    ("logStream", 7, None),
    ("not a name", 1, None),
]  # fmt: skip


@pytest.mark.parametrize(("field", "said", "kept"), SAID)
def test_a_field_of_another_type_is_left_out(account, stage, field, said, kept) -> None:
    assert stored(account, stage, **{field: said}).get(field) == kept


@pytest.mark.parametrize(("said", "later"), [
    (0, None), (3_600, 3_600), (-3_600, -3_600), (10**12, None), (-(10**6), None),
])  # fmt: skip
def test_no_record_is_kept_longer_than_the_stage_keeps_them(account, stage, said, later) -> None:
    right = kept_until(stage)
    assert stored(account, stage, expiresAt=right + said)["expiresAt"] == right + (later or 0)


@pytest.mark.parametrize("said", ["never", True, None, 1.5])
def test_when_a_record_expires_is_a_whole_number(account, stage, said) -> None:
    assert stored(account, stage, expiresAt=said)["expiresAt"] == kept_until(stage)
