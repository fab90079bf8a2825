"""Break the drill's and the deploy's own code, one line at a time: does a test notice?

    python -m tests.mutations.sources [--write] [--only TEXT]

What they do on AWS alone no local stage shows: waiting by the wall clock, calls that are throttled,
what a drill that was killed has left, protected stages. Prints a table by module; ``--write`` keeps
it in docs/mutations.md. Exits 1 when a mutation survives. No file is changed: the process that a
mutation is tried in loads the changed text.
"""

import argparse
import importlib.abc
import importlib.machinery
import io
import os
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

# What every test loads, before the processes part: half of what one takes.
import boto3  # noqa: F401
import hypothesis  # noqa: F401
import moto.cloudwatch
import moto.dynamodb
import moto.sns
import moto.sqs  # noqa: F401
import pytest

from tests.mutations.source_edits import EDITS, NOT_SCORED
from tocsin import terminal

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "mutations.md"
BEGIN, END = "<!-- made by tests/mutations/sources.py -->\n", "<!-- until here -->\n"
ROW = re.compile(r"^\| `([^`]+)` \| (\d+) \| (\d+) \|$", re.MULTILINE)
_LONGEST_S = 600


@dataclass(frozen=True)
class SourceMutation:
    """``old`` stands once in the module ``file``, and ``new`` in its place."""

    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file}: {self.old.strip()!r} -> {self.new.strip()!r}"


def mutations() -> Iterator[SourceMutation]:
    """Every edit of ``EDITS``."""
    for (file, *tests), edits in EDITS.items():
        for old, new in edits:
            yield SourceMutation(file, old, new, tuple(tests))


def _text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


class _Mutated(importlib.machinery.SourceFileLoader):
    """Loads the changed text; what Python has compiled of the module is not looked at."""

    mutation: SourceMutation

    def get_data(self, path: str) -> bytes:
        return _text(self.mutation.file).replace(self.mutation.old, self.mutation.new).encode()

    def path_stats(self, path: str) -> dict[str, float]:
        raise OSError(f"{path} is mutated")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, mutation: SourceMutation) -> None:
        self._module = mutation.file.removesuffix(".py").replace("/", ".")
        self._loader = type("_Mutation", (_Mutated,), {"mutation": mutation})

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self._module:
            return None
        file = str(ROOT / f"{name.replace('.', '/')}.py")
        return importlib.machinery.ModuleSpec(name, self._loader(name, file), origin=file)


def passes(tests: tuple[str, ...], mutation: SourceMutation | None = None) -> bool:
    """Whether ``tests`` pass in a process of their own, ``mutation`` made."""
    child = os.fork()
    if child == 0:
        os._exit(_run(tests, mutation))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _run(tests: tuple[str, ...], mutation: SourceMutation | None) -> int:
    import faulthandler

    faulthandler.dump_traceback_later(_LONGEST_S, exit=True, file=2)
    if mutation is not None:
        sys.meta_path.insert(0, _Finder(mutation))
    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", f"--rootdir={ROOT}"]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        return int(pytest.main([*(str(ROOT / test) for test in tests), *options]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"keep the table in {PAGE.name}")
    parser.add_argument("--only", default="", help="modules whose path has this text")
    options = parser.parse_args()
    wanted = [mutation for mutation in mutations() if options.only in mutation.file]
    gone = [mutation for mutation in wanted if _text(mutation.file).count(mutation.old) != 1]
    if gone:
        raise SystemExit(f"do not stand once: {', '.join(map(str, gone))}")
    failing = [tests for tests in {mutation.tests for mutation in wanted} if not passes(tests)]
    if failing:
        raise SystemExit(f"fail without any mutation: {failing}")
    tried, caught = Counter[str](), Counter[str]()
    survivors = []
    for number, mutation in enumerate(wanted, start=1):
        if number % 10 == 0:
            terminal.note(f"{number} of {len(wanted)}")
        tried[mutation.file] += 1
        if passes(mutation.tests, mutation):
            survivors.append(mutation)
            terminal.note(f"survived: {mutation}")
        else:
            caught[mutation.file] += 1
    for line in table(tried, caught):
        terminal.data(line)
    if options.write:
        write(tried, caught)
    return 1 if survivors else 0


def table(tried: Counter[str], caught: Counter[str]) -> list[str]:
    """Markdown: a row for each module, then the totals."""
    lines = ["| module | mutations | caught |", "| --- | --: | --: |"]
    lines += [f"| `{file}` | {count} | {caught[file]} |" for file, count in tried.items()]
    return [*lines, f"| **all** | **{tried.total()}** | **{caught.total()}** |"]


def not_scored(scored: Collection[str]) -> list[str]:
    """Markdown: the modules of which nothing is in the table, and why."""
    pending = [mutation.file for mutation in mutations() if mutation.file not in scored]
    reasons = dict(NOT_SCORED)
    if pending:
        reasons["their mistakes are written, and no run of them is kept yet"] = tuple(
            dict.fromkeys(pending)
        )
    return [
        "Not scored:",
        *(
            f"- {', '.join(f'`{file}`' for file in files)}: {why}."
            for why, files in reasons.items()
        ),
    ]


def write(tried: Counter[str], caught: Counter[str]) -> None:
    """Keep the table in the page; rows of modules that were not tried stay."""
    text = PAGE.read_text(encoding="utf-8")
    known = dict.fromkeys(mutation.file for mutation in mutations())
    for file, count, found in ROW.findall(text):
        if file in known and file not in tried:
            tried[file], caught[file] = int(count), int(found)
    ordered = Counter({file: tried[file] for file in known if file in tried})
    made = "\n".join([*table(ordered, caught), "", *not_scored(ordered)])
    PAGE.write_text(
        re.sub(f"(?s){BEGIN}.*?{END}", lambda _: f"{BEGIN}{made}\n{END}", text), encoding="utf-8"
    )


if __name__ == "__main__":
    sys.exit(main())
