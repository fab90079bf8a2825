"""What people see: data to stdout, notes and progress to stderr; plain text off a terminal.

Every text that is printed may be somebody else's: an alarm's reason, an exception's message. None
of it is markup, and what a terminal would obey is shown as its escape (``escaping.py``). What the
stream's encoding does not have is shown so, too.
"""

import io
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from tocsin.escaping import visible
from tocsin.json_values import json_text

# Rich draws on a terminal, and lays out tables; only what needs it waits for its import.
if TYPE_CHECKING:
    from rich.console import Console


def _console(stream: TextIO) -> "Console":
    from tocsin.rich_console import console_on

    return console_on(_printable(stream))


def _printable(stream: TextIO) -> TextIO:
    """``stream``, which from now on shows what its encoding does not have as an escape."""
    if isinstance(stream, io.TextIOWrapper) and stream.errors != "backslashreplace":
        stream.reconfigure(errors="backslashreplace")
    return stream


def note(text: str) -> None:
    """One line for people, on stderr."""
    _line(sys.stderr, visible(text, keep="\t"))


def data(text: str) -> None:
    """One line of the result, on stdout; a line break in it is shown as ``\\n``."""
    _line(sys.stdout, visible(text, keep="\t"))


def _line(stream: TextIO, text: str, end: str = "\n") -> None:
    if stream.isatty():
        from rich.text import Text

        _console(stream).print(Text(text), end=end)
    else:
        _printable(stream).write(text.expandtabs() + end)  # as rich does on a terminal
        stream.flush()


def asked(question: str) -> bool:
    """Whether the person at the terminal says yes; nobody there says no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    _line(sys.stderr, visible(f"{question} [y/N] "), end="")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def as_json(value: Any) -> None:
    """The result as JSON, on stdout."""
    sys.stdout.write(json_text(value, indent=2) + "\n")


def as_json_line(value: Any) -> None:
    """One of several results as JSON in a line of its own, on stdout, at once."""
    sys.stdout.write(json_text(value) + "\n")
    sys.stdout.flush()


@dataclass(frozen=True)
class Column:
    """A table's column; ``style_of`` maps a cell's text to a rich style."""

    title: str
    style_of: dict[str, str] | None = None
    right: bool = False


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], nothing: str = "") -> None:
    """A table on stdout; rows of plain text, coloured by column on a terminal.

    ``nothing`` is what a heading alone would leave open, noted where there are no rows.
    """
    from rich.table import Table
    from rich.text import Text

    result = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        result.add_column(
            Text(visible(column.title)),
            justify="right" if column.right else "left",
            overflow="fold",
        )
    for row in rows:
        cells = [
            Text(visible(cell), style=(column.style_of or {}).get(cell, ""))
            for column, cell in zip(columns, row, strict=True)
        ]
        result.add_row(*cells)
    _console(sys.stdout).print(result)
    if nothing and not rows:
        note(nothing)


class Rows:
    """A table on stdout whose rows are printed as they come; columns with their least widths."""

    def __init__(self, columns: Sequence[tuple[Column, int]]) -> None:
        self._columns = columns
        self._headed = False

    def print(self, row: Sequence[str]) -> None:
        """One row of plain text, below the header where it is the first."""
        if not self._headed:
            self._headed = True
            self._line([(column.title, "bold") for column, _ in self._columns])
        styles = [
            (column.style_of or {}).get(cell, "")
            for (column, _), cell in zip(self._columns, row, strict=True)
        ]
        self._line(list(zip(row, styles, strict=True)))

    def _line(self, cells: Sequence[tuple[str, str]]) -> None:
        from rich.text import Text

        text = Text()
        for (column, width), (cell, style) in zip(self._columns, cells, strict=True):
            shown = visible(cell)
            padded = shown.rjust(width) if column.right else shown.ljust(width)
            text.append("  " if text else "").append(padded, style=style)
        text.rstrip()
        console = _console(sys.stdout)
        console.print(text, soft_wrap=True)
        console.file.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show that ``what`` is going on, and how long it took; a spinner on a terminal."""
    began = time.monotonic()
    if sys.stderr.isatty():
        from rich.text import Text

        console = _console(sys.stderr)
        # The spinner's usual dots are Braille.
        spinner = "dots" if console.encoding.startswith("utf") else "line"
        with console.status(Text(visible(what)), spinner=spinner):
            yield
    else:
        note(f"{what} ...")
        yield
    note(f"{what}: done in {time.monotonic() - began:.1f} s")


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far ``what`` is: call what this gives with how many are done, of how many."""
    if not sys.stderr.isatty():
        yield lambda done, of: note(f"{what}: {done} of {of}")
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_console(sys.stderr), transient=True) as bar:
        task = bar.add_task(visible(what), total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
