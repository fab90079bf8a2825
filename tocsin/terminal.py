"""What people see: data to stdout, notes and progress to stderr; plain text off a terminal.

Every text that is printed may be somebody else's: an alarm's reason, an exception's message. None
of it is markup, and what a terminal would obey is shown as its escape (``escaping.py``). What the
stream's encoding does not have is shown so, too.
"""

import functools
import io
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from tocsin.escaping import visible
from tocsin.json_values import json_text

# Off a terminal rich folds at 80 columns; logs and pipes want whole lines.
_PLAIN_WIDTH = 200


class _Console(Console):
    """rich's, which leaves it to the caller what a pipe that nobody reads is."""

    def on_broken_pipe(self) -> None:
        raise


def _console(*, stderr: bool) -> Console:
    return _console_on(sys.stderr if stderr else sys.stdout)


@functools.lru_cache(maxsize=2)
def _console_on(stream: TextIO) -> Console:
    # One for each stream: a note below a spinner must come from the console that draws it.
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    width = None if stream.isatty() else _PLAIN_WIDTH
    return _Console(
        file=stream,
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=not stream.isatty(),
    )


def note(text: str) -> None:
    """One line for people, on stderr."""
    _console(stderr=True).print(Text(visible(text, keep="\t")))


def data(text: str) -> None:
    """One line of the result, on stdout; a line break in it is shown as ``\\n``."""
    _console(stderr=False).print(Text(visible(text, keep="\t")))


def asked(question: str) -> bool:
    """Whether the person at the terminal says yes; nobody there says no."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    _console(stderr=True).print(Text(visible(f"{question} [y/N] ")), end="")
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


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout; rows of plain text, coloured by column on a terminal."""
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
    _console(stderr=False).print(result)


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
        text = Text()
        for (column, width), (cell, style) in zip(self._columns, cells, strict=True):
            shown = visible(cell)
            padded = shown.rjust(width) if column.right else shown.ljust(width)
            text.append("  " if text else "").append(padded, style=style)
        text.rstrip()
        console = _console(stderr=False)
        console.print(text, soft_wrap=True)
        console.file.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show that ``what`` is going on, and how long it took; a spinner on a terminal."""
    console = _console(stderr=True)
    began = time.monotonic()
    if console.is_terminal:
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
    console = _console(stderr=True)
    if not console.is_terminal:
        yield lambda done, of: note(f"{what}: {done} of {of}")
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(visible(what), total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
