"""What reaches a terminal: each text as it is, and nothing that the terminal obeys."""

import io
import json
import re
import sys

import pytest

from tests import hostile_records as hostile
from tests.conftest import seldom, slow
from tocsin import terminal

COLUMNS = [terminal.Column("text", {"x": "red"}), terminal.Column("[/x]", right=True)]
# What rich writes to style a cell, to move to the line's start and to hide the cursor.
STYLING = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[hl]|\x1b\[1A|\x1b\[2K|\r")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def show_everything(text: str) -> None:
    terminal.data(text)
    terminal.note(text)
    terminal.table(COLUMNS, [(text, text), ("x", text)])
    with terminal.step(text):
        pass
    with terminal.progress(text) as done:
        done(1, 2)
        done(2, 2)


def assert_harmless(printed: str) -> None:
    lines = printed.split("\n")
    assert all(line.isprintable() for line in lines), [x for x in lines if not x.isprintable()]
    printed.encode("utf-8")


@pytest.mark.parametrize("text", hostile.TEXTS.values(), ids=hostile.TEXTS)
def test_off_a_terminal_all_is_printable(capsys, text) -> None:
    show_everything(text)
    printed = capsys.readouterr()
    assert_harmless(printed.out)
    assert_harmless(printed.err)
    assert printed.out.count("\n") >= 4
    assert printed.err.count("\n") == 5, "each note is one line"


@pytest.mark.parametrize("text", seldom(hostile.TEXTS.values(), 4), ids=hostile.TEXTS)
def test_on_a_terminal_only_rich_styles(monkeypatch, text) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, Terminal())
    show_everything(text)
    for stream in (sys.stdout, sys.stderr):
        assert_harmless(STYLING.sub("", stream.getvalue()))
    assert "\x1b[31m" in sys.stdout.getvalue(), "the column's own style is there"


KEPT = ["[/x]", "\\[/x]", "[bold]x[/bold]", ":warning: :bug:", "für “dich” 日本", "%s {x} ${y}"]


@pytest.mark.parametrize("text", KEPT)
def test_a_text_without_control_characters_stays_as_it_is(capsys, text) -> None:
    terminal.data(text)
    terminal.table(COLUMNS, [(text, "")])
    line, _, cell, _ = capsys.readouterr().out.split("\n")
    assert (line, cell.strip()) == (text, text)


# An encoding, and how it shows a letter of German and one of Japanese.
ENCODINGS = [
    ("ascii", "\\xfc\\u65e5"),
    ("latin-1", "\xfc\\u65e5"),
    ("cp1252", "\xfc\\u65e5"),
    ("shift_jis", "\\xfc\u65e5"),
    ("utf-8", "\xfc\u65e5"),
    ("utf-16", "\xfc\u65e5"),
]


@slow
@pytest.mark.parametrize(("encoding", "shown"), ENCODINGS)
def test_what_an_encoding_lacks_is_shown_as_its_escape(monkeypatch, encoding, shown) -> None:
    contents = {name: io.BytesIO() for name in ("stdout", "stderr")}
    for name, content in contents.items():
        monkeypatch.setattr(sys, name, io.TextIOWrapper(content, encoding=encoding))
    for text in (*hostile.TEXTS.values(), "\xfc\u65e5"):
        show_everything(text)
        terminal.as_json({"text": text})
    for name, content in contents.items():
        getattr(sys, name).flush()
        assert shown in content.getvalue().decode(encoding)


def test_json_is_ascii_and_valid_whatever_it_holds(capsys) -> None:
    value = {"texts": hostile.TEXTS, "values": hostile.VALUES}
    terminal.as_json(value)
    terminal.as_json_line(value)
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert_harmless(printed)

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    line = printed.strip().split("\n")[-1]
    whole = printed.strip()[: -len(line)]
    read = [json.loads(text, parse_constant=refuse) for text in (whole, line)]
    assert read[0] == read[1]
    texts, values = read[0]["texts"], read[0]["values"]
    changed = {name for name in texts if texts[name] != hostile.TEXTS[name]}
    assert changed == {"a lone surrogate", "a lone low surrogate", "surrogates of a byte"}
    assert texts["a lone surrogate"] == "a\ufffdb"
    assert values["numbers that are none"] == ["NaN", "-Infinity", "Infinity", "NaN"]
    assert values["bytes"] == "AP8b"
    assert values["sets"] == {"texts": ["a", "b"], "numbers": [1, 2], "bytes": ["Gw=="]}
    assert values["more digits than Python writes"].startswith("0x")


def test_an_empty_table_says_what_that_means(capsys) -> None:
    columns = [terminal.Column("id"), terminal.Column("count")]
    terminal.table(columns, [], nothing="no bug is open")
    terminal.table(columns, [("1", "2")], nothing="no bug is open")
    said = capsys.readouterr()
    assert said.err == "no bug is open\n"
    assert said.out.split() == ["id", "count", "id", "count", "1", "2"]
