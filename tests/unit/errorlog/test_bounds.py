"""A record fits into a log line (256 KB) and into an item (400 KB), whatever it is made of."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import errorlog
from errorlog.attributes import item
from errorlog.bounds import (
    MAX_ITEM_BYTES,
    MAX_LINE_BYTES,
    fitting,
    item_size,
    json_size,
    line_size,
)
from errorlog.invocation import Invocation
from errorlog.patterns import Patterns, patterns
from errorlog.record import build
from errorlog.redaction import Sanitiser
from errorlog.settings import from_environment
from tests.conftest import examples, slow, some
from tests.unit.errorlog.surroundings import Context, Stage, Store


class Surrogates(str):
    pass


HUGE = {
    "control characters": "\x00\x01" * 80_000,
    "astral characters": "\U0001f600" * 80_000,
    "quotes and backslashes": '"\\' * 80_000,
    "lone surrogates": "\ud800" * 80_000,
    "one line": "x" * 600_000,
    "lines": "x\n" * 200_000,
    "a subclass": Surrogates("é" * 200_000),
}
VALUES = {
    **HUGE,
    "a decimal": Decimal("9" * 300_000),
    "a tiny decimal": Decimal("1e-999999"),
    "decimals": [Decimal("1." + "3" * 5_000)] * 500,
    "a big integer": 10**100_000,
    "big integers": [10**37] * 20_000,
    "floats": [1.7976931348623157e308, -2.2250738585072014e-308] * 10_000,
    "empty lists": [[]] * 60_000,
    "empty dicts": [{}] * 60_000,
    "nothing": [None] * 150_000,
    "truths": [True] * 150_000,
    "keys": {f"{number:06d}" * 40: number for number in range(2_000)},
    "control keys": {"\x00" * 900 + str(number): None for number in range(1_000)},
    "unreadable": [type("N" * 300, (), {"__str__": lambda self: 1 / 0})()] * 6_000,
    "deep lists": [[[[[[["x" * 100] * 4] * 4] * 4] * 4] * 4] * 4] * 4,
    "bytes": [b"\xff" * 100] * 10_000,
    "an exception": ValueError("\x00" * 100_000),
}


@slow
@pytest.mark.parametrize("down", [False, True], ids=["table", "log"])
@pytest.mark.parametrize("name", some(sorted(VALUES), 2))
def test_a_record_fits_whatever_it_is_made_of(name, down, monkeypatch) -> None:
    value = VALUES[name]
    text = value if isinstance(value, str) else HUGE["astral characters"]

    def handler(event, context):
        error = ValueError(text)
        error.add_note(text)
        raise error from RuntimeError(text)

    _fails_within_bounds(handler, {"a": value, "b": value}, down, monkeypatch)


@slow
@pytest.mark.parametrize("name", sorted(HUGE))
def test_a_line_fits_whatever_is_around_it(name, monkeypatch) -> None:
    """What the context and the store say is text from outside, too."""
    text = HUGE[name]
    context = Context(text, text, text, text, text, text)
    stage = Stage(Store(faults=[_refusing(text)] * 3))
    with stage.watch() as outcome:
        for around in (Context(), context):
            with pytest.raises(Exception, match=r"[\s\S]*"):
                errorlog.record_errors(_failing(text))({}, around)
    assert len(outcome.records) == 2
    for line in outcome.lines:
        assert len(json.dumps(line)) <= MAX_LINE_BYTES


def _refusing(text):
    def fault():
        raise RuntimeError(text)

    return fault


def _failing(text):
    kind = type("T" * 5_000, (Exception,), {})

    def handler(event, context):
        raise kind(text)

    return handler


def _fails_within_bounds(handler, event, down, monkeypatch) -> None:
    if down:
        monkeypatch.delenv("ERROR_LOG_TABLE")
    stage = Stage(Store())
    with stage.watch() as outcome, pytest.raises(ValueError, match=r"[\s\S]*"):
        errorlog.record_errors(handler)(event, Context())
    (record,) = outcome.records
    assert line_size(record) <= MAX_LINE_BYTES - 8_192
    for line in outcome.lines:
        assert len(json.dumps(line, separators=(",", ":"))) < MAX_LINE_BYTES
    assert len(json.dumps(stage.store.items)) < 4 * MAX_ITEM_BYTES
    assert item_size(record) <= MAX_ITEM_BYTES


texts = st.text(st.characters() | st.sampled_from('\x00"\\\n\U0001f600\ud800é'), max_size=60).map(
    lambda text: text.encode("utf-8", "replace").decode()
)


@settings(max_examples=examples(2_000))
@given(texts, st.integers(0, 80))
def test_a_cut_text_is_the_longest_beginning_within_its_bound(text, most) -> None:
    kept = fitting(text, most)
    assert text.startswith(kept)
    assert json_size(kept) == len(json.dumps(kept)) - 2 <= most
    if kept != text:
        assert json_size(text[: len(kept) + 12]) > most - 12


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (None, 1),
        (True, 1),
        ("", 0),
        ("abc", 3),
        ("é€\U0001f600", 9),
        (0, 2),
        (12, 3),
        (-12, 4),
        (1200, 3),
        (10**37 + 1, 21),
        (1.25, 4),
        ([], 3),
        (["ab", 1], 3 + 3 + 4),
        ({"k": "v"}, 3 + 1 + 1 + 1),
    ],
)
def test_sizes_of_an_item_as_dynamodb_counts_them(value, size) -> None:
    """Names and texts in UTF-8, a byte for two digits and one more, 3 for a list or map."""
    assert item_size(value) == size


def test_what_json_writes_is_never_shorter_than_what_the_item_takes() -> None:
    """But for overheads of a few bytes a value, which the budget counts as well."""
    for text in ("abc", "é", "\U0001f600", "\x00", '"'):
        assert json_size(text) >= item_size(text)
    assert item({"a": 1})


@slow
@pytest.mark.parametrize(
    "event",
    [
        [f"value number {number}" for number in range(40_000)],
        {f"key_number_{number}_abc": f"value {number}" for number in range(20_000)},
    ],
    ids=["texts", "long keys"],
)
def test_of_an_event_of_many_texts_no_more_is_read_than_the_time_allows(event, monkeypatch) -> None:
    """Each takes some microseconds of a core, of which a function of 128 MB has a fourteenth."""
    read: list[int] = []
    whole = Patterns.text

    def counted(self: Patterns, text: str, *arguments: object, **options: object) -> str:
        read.append(len(text))
        return whole(self, text, *arguments, **options)

    monkeypatch.setattr(Patterns, "text", counted)
    build(ValueError("no stock"), Invocation({"items": event}, Context()), from_environment())
    assert len(read) < 20_000


SECRET = "Zq81-tiger-4471"
READ = {
    "a megabyte": (
        ["w " * 100_000] * 5 + ["w " * 24_280],
        ["w " * 100_000] * 5 + ["w " * 24_290],
    ),
    "50,000 numbers": ([0.5] * 49_900, [0.5] * 50_100),
    "10,000 texts": (
        [f"value number {number}" for number in range(9_900)],
        [f"value number {number}" for number in range(10_100)],
    ),
}


@slow
@pytest.mark.parametrize("name", sorted(READ))
def test_so_much_of_an_event_is_read_for_secrets_and_no_more(name) -> None:
    for before, read in zip(READ[name], (True, False), strict=True):
        sanitiser = Sanitiser(patterns((), False), 65_536)
        sanitiser.gather([*before, {"token": SECRET}])
        assert (SECRET not in sanitiser.text(f"no {SECRET}")) is read


@pytest.mark.parametrize(("before", "read"), [(262_000, True), (262_144, False)])
def test_so_much_of_a_text_is_read_for_secrets_and_no_more(before, read) -> None:
    sanitiser = Sanitiser(patterns((), False), 65_536)
    sanitiser.gather("x" * before + f" token={SECRET}")
    assert (SECRET not in sanitiser.text(f"no {SECRET}")) is read


def test_the_bounds_of_what_a_record_keeps() -> None:
    def kept(event: object, message: str = "no stock") -> dict[str, Any]:
        return build(ValueError(message), Invocation(event, Context()), from_environment())

    texts = [f"{number:05d}" * 20 for number in range(1_000)]
    assert 64_000 < json_size(json.dumps(kept(texts)["event"])) < 65_536 + 4_096
    assert kept("x" * 20_000)["event"] == "x" * 16_384 + "[cut 3616 of 20000 characters]"
    nested: object = "deep"
    for _ in range(21):
        nested = [nested]
    assert "[cut: list nested deeper than 20]" in json.dumps(kept(nested)["event"])
    assert "deep" in json.dumps(kept(nested[0][0])["event"])
    values = kept([1] * 6_000)["event"]
    assert len(values) == 5_000
    assert values[-1] == "[cut: 1001 more items]"
    long = kept({}, "x" * 5_000)
    assert long["errorMessage"] == "x" * 4_096 + "[cut 904 of 5000 characters]"
    stack = kept({}, "x\n" * 20_000)["stackTrace"]
    head, cut, tail = re.split(r"\n(\[cut [^\]]+\])\n", stack)
    assert (len(head), len(tail)) == (8_192, 8_192)
    assert re.fullmatch(r"\[cut \d+ of \d+ characters\]", cut)


@pytest.mark.parametrize("left_ms", [0, -5, 10**15 - 1, 1 - 10**15, 10**15, -(10**15), 10**4_000])
def test_the_time_left_is_below_1e15_ms_or_not_known(left_ms) -> None:
    """A record fits whatever a context says; what the collector would not keep is not in it."""
    record = build(ValueError(), Invocation({}, Context(left_ms=left_ms)), from_environment())
    assert record.get("remainingMs") == (left_ms if abs(left_ms) < 10**15 else None)
