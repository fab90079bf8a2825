"""What is read and written in one walk is what two walks make of it."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errorlog.attributes import attribute
from errorlog.one_pass import MAX_CHARS, MAX_DEPTH, MAX_VALUES
from errorlog.patterns import REDACTED, Patterns, patterns
from errorlog.plain_data import Plain
from errorlog.redaction import Sanitiser
from tests.conftest import examples, some
from tests.unit.errorlog.harmless_values import VALUES
from tests.unit.errorlog.planted_secrets import HARMLESS, PLANTED

WORD = "purple-tiger-12"
keys = st.sampled_from(
    ["name", "value", "id", "password", "token", "note", "jwt", "a key", "é", "", WORD]
) | st.text(max_size=8)
texts = st.text(max_size=30) | st.sampled_from(
    [
        WORD, f"my {WORD}", "Bearer a81fc2b97d4e", "expired", "token=a81fc2b97d", "%41bc%20d",
        '{"password": "a81fc2b97d", "n": 1}', '["a81fc2b97d", {"note": "x"}]', "YTgxZmMyYjk3ZA==",
        "mysql", "docker", "login", "-p", f"-p{WORD}", "--token", f"mysql -p{WORD}",
        "...", "\ud800", "4111111111111111", "482913", '{"body": "{\\"pin\\": 4711}"}',
    ]
)  # fmt: skip
scalars = (
    texts
    | st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**20)
    | st.floats()
    | st.sampled_from([4111111111111111, 482913, 1795441912209])
)
events = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(keys, below, max_size=4),
    max_leaves=20,
)


def both(known: Patterns, event: Any, *others: object) -> tuple[Sanitiser, Plain, Sanitiser, Plain]:
    once, twice = Sanitiser(known, 65_536), Sanitiser(known, 65_536)
    once.gather(*others, kept=event)
    twice.gather(event, *others)
    return once, once.plain(event), twice, twice.plain(event)


def same(one: object, other: object) -> bool:
    """Equal, also where there is a NaN or a lone surrogate."""
    return repr(one) == repr(other)


def check(known: Patterns, event: Any, *others: object) -> bool:
    """Whether it was one walk; it must not show."""
    once, plain, twice, written_twice = both(known, event, *others)
    assert same(plain, written_twice)
    assert bool(once.hidden) == bool(twice.hidden)
    for text in filter(lambda other: isinstance(other, str), others):
        assert same(once.text(text), twice.text(text))
        assert once.is_ordinary(text) <= (twice.text(text) == text)
    sent = once.written(plain)
    if sent is not None:
        assert json.loads(sent) == attribute(written_twice)
        assert once.spent == twice.spent
    return sent is not None


@settings(max_examples=examples(20_000, 150))
@given(events.filter(lambda event: isinstance(event, dict | list)), texts)
def test_of_any_event(event, message) -> None:
    for known in (Patterns(), patterns((), False)):
        check(known, event, ValueError(message))
        check(known, event, message, f"cannot use {message}")
        check(known, event)


def test_of_every_secret_and_of_what_is_none() -> None:
    known = Patterns()
    planted = [event for event, _ in PLANTED.values()]
    for event in some([*planted, *HARMLESS, *VALUES], 2):
        check(known, event, f"cannot use {event}")


@pytest.mark.parametrize(
    "event",
    [
        {"headers": {"Authorization": "Bearer a81fc2b97d4e", "accept": "*/*"}, "path": "/o/1"},
        {"body": '{"orderId": "o-1", "lines": [{"sku": "lamp"}]}', "at": 1795441912209},
        {"body": '{"user": "ann", "password": "a81fc2b97d"}', "list": [[], {}, None, 0.5, True]},
        {"q": "a%20b", "encoded": "bm90aGluZyB0byBoaWRlIGluIGhlcmU=", "é": "ü"},
        [{"name": "password", "value": "a81fc2b97d"}, ["authorization", "a81fc2b97d"]],
    ],
    ids=lambda event: next(iter(event)),
)
def test_an_event_as_nearly_all_are_takes_one_walk(event) -> None:
    assert check(Patterns(), event, ValueError("no stock for o-1"))


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"password": WORD, "note": f"my {WORD}"}, ""),
        ({"note": WORD}, f"password={WORD}"),
        ({WORD: 1}, f"password={WORD}"),
        ({"a": 482913}, "pin=482913"),
        ({"a": f"token={WORD}", "b": WORD}, ""),
    ],
)
def test_what_another_part_calls_a_secret_is_hidden_as_well(event, message) -> None:
    _, plain, _, _ = both(Patterns(), event, ValueError(message))
    assert same(plain, both(Patterns(), event, ValueError(message))[3])
    assert WORD not in repr(plain)
    assert "482913" not in repr(plain)
    assert REDACTED in repr(plain)


@pytest.mark.parametrize(
    "carrying",
    [
        base64.b64encode(json.dumps({"password": WORD}).encode()).decode(),
        f"token%3D{WORD}%20",
        f"&quot;password&quot;: &quot;{WORD}&quot;",
    ],
    ids=["base64", "url", "xml"],
)
@pytest.mark.parametrize("unusual", [10**40, (1,), "\ud800", {1: 2}], ids=repr)
def test_what_a_pass_that_was_given_up_had_read_is_known(carrying, unusual) -> None:
    sanitiser = Sanitiser(Patterns(), 65_536)
    sanitiser.gather(kept={"carrying": carrying, "unusual": unusual})
    assert WORD not in sanitiser.text(f"cannot use {WORD} here")


class Equal(str):
    """As frameworks have for names that they compare their own way."""

    def __hash__(self) -> int:
        return hash("note")

    def __eq__(self, other: object) -> bool:
        return other == "note"


class Key:
    """No text at all."""

    __hash__, __eq__ = Equal.__hash__, Equal.__eq__

    def __str__(self) -> str:
        return "password"


@pytest.mark.parametrize("key", [Equal("password"), Key()], ids=["text", "none"])
def test_a_key_that_is_equal_to_that_of_an_earlier_event_is_another(key) -> None:
    known = Patterns()
    assert check(known, {"note": WORD})
    assert not check(known, {key: WORD})
    assert both(known, {key: WORD})[1] == {"password": REDACTED}


class Ours(str):
    """A text with a mind of its own."""

    def __hash__(self) -> int:
        raise SystemExit

    __eq__ = None  # type: ignore[assignment]


def _nested(depth: int) -> list[Any]:
    held: list[Any] = []
    for _ in range(depth):
        held = [held]
    return held


@pytest.mark.parametrize(
    "event",
    [
        {"a": Ours("x")},
        {"a": (1, 2)},
        {"a": b"x"},
        {1: "a", "1": "b"},
        {"a": 10**40},
        {"a": float("nan")},
        {"": "a"},
        _nested(MAX_DEPTH + 1),
        list(range(MAX_VALUES + 1)),
        ["x" * (MAX_CHARS + 1)],
    ],
    ids=["text", "tuple", "bytes", "numbers", "large", "nan", "empty", "deep", "many", "long"],
)
def test_any_other_takes_two(event) -> None:
    assert not check(Patterns(), event)
