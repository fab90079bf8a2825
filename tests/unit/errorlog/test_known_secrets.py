"""What was hidden once is hidden again, in any form, in a time that grows with the text."""

import base64
import html
import json
import re
import sys
from collections.abc import Callable
from types import MappingProxyType
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from errorlog.encodings import base64_decoded, base64_forms
from errorlog.invocation import Invocation
from errorlog.known_secrets import KnownSecrets
from errorlog.patterns import MAX_TEXT, patterns
from errorlog.record import build
from errorlog.secret_values import is_word
from errorlog.settings import from_environment
from tests.conftest import DEEP, examples, slow

printable = st.characters(exclude_categories=("C", "Z"), include_characters=" ")
relaxed = settings(max_examples=examples(2_000))
secrets = st.text(st.characters(codec="utf-8"), min_size=6, max_size=40).filter(
    lambda text: len(text.strip()) >= 6 and not is_word(text)  # words: beside no letter only
)


def knowing(*values: str) -> KnownSecrets:
    known = KnownSecrets()
    for value in values:
        known.add(value)
    return known


@relaxed
@given(secrets, st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_hidden_between_any_texts(secret, before, after) -> None:
    text = f"{before}{secret}{after}"
    few, many = knowing(secret), knowing(secret, *(f"other-{number}" for number in range(300)))
    assert secret.strip() not in few.hide(text).replace("[redacted]", "\0")
    assert secret.strip() not in many.hide(text).replace("[redacted]", "\0")


@relaxed
@given(secrets, st.binary(max_size=7), st.binary(max_size=7))
def test_the_base64_of_a_text_with_a_secret_in_it_is_known(secret, before, after) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    assert any(form in encoded for form in base64_forms(secret))


@relaxed
@given(st.text(printable, min_size=12, max_size=60))
def test_base64_is_read_also_where_its_end_is_missing(text) -> None:
    encoded = base64.b64encode(text.encode()).decode()
    assert base64_decoded(encoded) == text
    assert (base64_decoded(encoded[:-4].rstrip("=")) or "")[:4] == text[:4]


@pytest.mark.parametrize(
    ("secrets", "text", "hidden"),
    [
        (["4711"], "pin 4711, order 14711", "pin [redacted], order 14711"),
        (["123"], "123", "123"),
        (["ab-12"], "xab-12y, ab-12", "xab-12y, [redacted]"),
        (["ab-123"], "xab-123y", "x[redacted]y"),
        (["orders"], "orders-table of ordership", "[redacted]-table of ordership"),
        (["abc-123", "abc-123-def"], "abc-123-def", "[redacted]"),
        (["abc-123", "123-xyz"], "abc-123-xyz", "[redacted]"),
        (["longsecret-1"], "long...et-1", "[redacted]...[redacted]"),
        (["Bearer a81fc2b97d"], "a81fc2b97d", "[redacted]"),
    ],
)
def test_what_is_found(secrets, text, hidden) -> None:
    assert knowing(*secrets).hide(text) == hidden


FORMS: dict[str, Callable[[str], str]] = {
    "url": lambda text: quote(text, safe=""),
    "path": quote,
    "form": quote_plus,
    "url in lower case": lambda text: re.sub("%..", lambda code: code[0].lower(), quote(text)),
    "url in a url": lambda text: quote(quote(text, safe=""), safe=""),
    "json": lambda text: json.dumps(text)[1:-1],
    "json in utf-8": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "json in json": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "python": lambda text: repr(text)[1:-1],
    "python in ascii": lambda text: ascii(text)[1:-1],
    "python's bytes": lambda text: repr(text.encode())[2:-1],
    "xml": lambda text: html.escape(text, quote=False),
    "an attribute": html.escape,
    "an attribute with names": lambda text: html.escape(text).replace("&#x27;", "&apos;"),
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal in capitals": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for urls": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
}


@pytest.mark.parametrize("secret", ["p&ss/w+rd=\"'é%<7>?", "tr0ub4dor&3-correct"])
@pytest.mark.parametrize("form", sorted(FORMS))
def test_each_form_of_a_secret_is_known_within_a_text(form, secret) -> None:
    written = FORMS[form](secret)
    assert knowing(secret).hide(f"no {written} here").startswith("no [redacted]")
    left = knowing(secret).hide(f"no {written} here")[len("no [redacted]") : -len(" here")]
    # The last group of base64 depends on what comes after: one character of the secret.
    assert len(left) <= (4 if "base64" in form else 0)


def test_so_many_secrets_are_known() -> None:
    known = knowing(*(f"secret-{number:06d}" for number in range(20_010)))
    assert len(known) == 20_000


def test_spared_places_stay() -> None:
    known = knowing("no stock-1")
    assert known.hide("no stock-1: no stock-1", [(0, 10)]) == "no stock-1: [redacted]"
    assert known.hide("x no stock-1", [(2, 7)]) == "x no st[redacted]"


def calls_in(run) -> int:
    """Calls of functions, Python's and built in, that ``run`` makes: its work, on any machine."""
    count = 0

    def counting(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def failing(event, message: str, error=None):
    made = ValueError(message)
    # One walk is for events below bounds of its own: of what grows, two are looked at.
    held = tuple(event) if isinstance(event, list) else MappingProxyType(event)
    return lambda: build(made, Invocation(held, None), from_environment())


def _alike(number: int) -> list[dict[str, str]]:
    """Secrets that begin alike and differ in length, the worst for an index of beginnings."""
    return [{"token": "a" * (10 + at % 300) + f"-{at}"} for at in range(number)]


GROWING = {
    "marks of tokens": lambda n: ({}, "bad order: " + "eyJ-" * n),
    "assignments": lambda n: ({}, "token='token=\"" * n),
    "unclosed elements": lambda n: ({}, "<pin><![CDATA[" * n),
    "headers": lambda n: ({}, "cookie:authorization:" * n),
    "names": lambda n: ({}, "name='password' " * n),
    "brackets": lambda n: ({}, "token: [" * n),
    "keys without an end": lambda n: ({}, "-----BEGIN PRIVATE KEY-----" * n),
    "ends without a key": lambda n: ({}, "-----END PRIVATE KEY-----" * n),
    "ellipses": lambda n: ({"token": "abcdef-123"}, "abc..." * n),
    "secrets": lambda n: ([{"token": f"tok-{at}-{at}"} for at in range(n)], "tok-1-1 " * 50),
    "secrets alike": lambda n: (_alike(n), "a" * n),
    "a large event": lambda n: ([{"note": "some words", "n": at} for at in range(n)], "x"),
    "a deep event": lambda n: (_nested(min(n, 800)), "x"),
    "percent signs": lambda n: ({"a": "%41" * n}, "%25" * n),
}


_ANY_FAILURE = 5_000  # calls, of which there is nothing to say


def _nested(levels: int) -> list:
    held: list = []
    for _ in range(levels):
        held = [held]
    return held


@slow
@pytest.mark.parametrize("name", sorted(GROWING))
def test_work_grows_as_the_failure_does(name) -> None:
    small, large = (100, 400) if not DEEP else (1_000, 4_000)
    failing(*GROWING[name](small))()  # what is compiled and loaded once is no work of the failure
    failing(*GROWING[name](large))()
    few, many = (calls_in(failing(*GROWING[name](size))) for size in (small, large))
    assert many < 7 * max(few, _ANY_FAILURE), (few, many)


def test_no_more_of_a_text_is_read_than_its_bound() -> None:
    assert len(patterns((), False).text("x" * 3_000_000)) == MAX_TEXT
