"""Options as typed."""

import pytest

from tocsin.exceptions import InputError
from tocsin.options import count, seconds


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("5m", 300), ("1h", 3_600), ("2d", 172_800), (" 1m ", 60)]
)
def test_a_number_and_a_unit(text: str, expected: int) -> None:
    assert seconds(text, "--advance") == expected


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5 m", "1.5h", "5w", "0m", "5m30s"])
def test_anything_else_is_named_with_what_is_accepted(text: str) -> None:
    with pytest.raises(InputError, match=r"--advance: found .*; accepted: a duration such as"):
        seconds(text, "--advance")


def test_a_count() -> None:
    assert count("20", "--limit") == 20


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "abc", "1e3"])
def test_no_count_is_named_with_what_is_accepted(text: str) -> None:
    with pytest.raises(InputError, match=r"--limit: found .*; accepted: a whole number"):
        count(text, "--limit")
