"""What is shown as its escape, and what is left."""

import unicodedata

import pytest

from tests.conftest import slow
from tocsin.escaping import visible

ESCAPED = {
    "\x1b[31m": "\\x1b[31m",
    "\x9b": "\\x9b",
    "\x00": "\\x00",
    "\x7f": "\\x7f",
    "a\nb\tc\rd": "a\\nb\\tc\\rd",
    "\u202e\u2066": "\\u202e\\u2066",
    "\u200b\ufeff\u00ad": "\\u200b\\ufeff\\xad",
    "\U000e0041": "\\U000e0041",
    "\ud800": "\\ud800",
    "\u2028": "\\u2028",
    "a\u00a0b\u3000c": "a b c",
    "für 日本 \U0001f525 e\u0301": "für 日本 \U0001f525 e\u0301",
    "C:\\x1b": "C:\\x1b",
    "": "",
}


@pytest.mark.parametrize(("text", "shown"), ESCAPED.items(), ids=map(ascii, ESCAPED))
def test_what_is_shown(text, shown) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown


def test_what_is_kept() -> None:
    assert visible("a\nb\tc\rd", keep="\n\t") == "a\nb\tc\\rd"


@slow
def test_of_all_characters_only_seen_ones_are_left() -> None:
    # Cc, Cf, Cs, Co, Cn: control, format, surrogate, private, unassigned; Zl, Zp: line breaks.
    hidden = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    # Planes 3 to 13 have no character but one kind of letters, 15 and 16 only private ones.
    every = "".join(map(chr, (*range(0x30000), *range(0xE0000, 0xF0010))))
    shown = visible(every)
    assert not {unicodedata.category(character) for character in set(shown)} & hidden
    assert {character for character in set(shown) if character.isspace()} == {" "}
    letters = [x for x in set(every) - set(shown) if unicodedata.category(x) in ("Ll", "Lu", "Nd")]
    assert letters == []
