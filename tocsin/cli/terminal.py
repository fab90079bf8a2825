"""What people see: data to stdout, notes and progress to stderr; plain text off a terminal."""

import functools
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

# Off a terminal rich folds at 80 columns; logs and pipes want whole lines.
_PLAIN_WIDTH = 200


def _console(*, stderr: bool) -> Console:
    return _console_on(sys.stderr if stderr else sys.stdout)


@functools.lru_cache(maxsize=2)
def _console_on(stream: TextIO) -> Console:
    # One for each stream: a note below a spinner must come from the console that draws it.
    width = None if stream.isatty() else _PLAIN_WIDTH
    return Console(file=stream, width=width, highlight=False, soft_wrap=not stream.isatty())


def note(text: str) -> None:
    """One line for people, on stderr."""
    _console(stderr=True).print(text, markup=False)


def data(text: str) -> None:
    """One piece of the result, on stdout."""
    _console(stderr=False).print(text, markup=False)


def as_json(value: Any) -> None:
    """The result as JSON, on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


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
            column.title, justify="right" if column.right else "left", overflow="fold"
        )
    for row in rows:
        cells = []
        for column, cell in zip(columns, row, strict=True):
            style = (column.style_of or {}).get(cell)
            escaped = cell.replace("[", "\\[")
            cells.append(f"[{style}]{escaped}[/]" if style else escaped)
        result.add_row(*cells)
    _console(stderr=False).print(result)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show that ``what`` is going on, and how long it took; a spinner on a terminal."""
    console = _console(stderr=True)
    began = time.monotonic()
    if console.is_terminal:
        with console.status(what):
            yield
    else:
        console.print(f"{what} ...", markup=False)
        yield
    console.print(f"{what}: done in {time.monotonic() - began:.1f} s", markup=False)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far ``what`` is: call what this gives with how many are done, of how many."""
    console = _console(stderr=True)
    if not console.is_terminal:
        yield lambda done, of: console.print(f"{what}: {done} of {of}", markup=False)
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
