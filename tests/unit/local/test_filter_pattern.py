"""Filter patterns for plain text, as the documentation of CloudWatch Logs describes them."""

import pytest

from tocsin.local.filter_pattern import UnsupportedPattern, matches

A = "[ERROR 400] BAD REQUEST"
B = "[ERROR 401] UNAUTHORIZED REQUEST"
C = "[ERROR 419] MISSING ARGUMENTS"

CASES = [
    ("", {A, B, C}),
    ("ERROR", {A, B, C}),
    ("ERROR ARGUMENTS", {C}),
    ('"BAD REQUEST"', {A}),
    ('"REQUEST BAD"', set()),
    ("?BAD ?ARGUMENTS", {A, C}),
    ('?"BAD REQUEST" ?419', {A, C}),
    ("ERROR -ARGUMENTS", {A, B}),
    ("-ERROR", set()),
    # Where a plain term stands beside them, options do not count.
    ("ERROR ?NOWHERE", {A, B, C}),
    ("%4[01]%", {A, B, C}),
    ("%40[01]%", {A, B}),
    ("error", set()),
]


@pytest.mark.parametrize(("pattern", "passing"), CASES)
def test_which_lines_pass(pattern, passing) -> None:
    assert {line for line in (A, B, C) if matches(pattern, line)} == passing


def test_a_quote_is_escaped_by_a_backslash() -> None:
    pattern = r'?"\"status\":\"timeout\""'
    assert matches(pattern, '{"record":{"status":"timeout"}}')
    assert not matches(pattern, '{"record":{"status":"success"}} timeout')


@pytest.mark.parametrize("pattern", ['{ $.level = "ERROR" }', "[ip, user, ...]"])
def test_patterns_for_structure_are_not_taken_for_text(pattern) -> None:
    with pytest.raises(UnsupportedPattern):
        matches(pattern, "anything")
