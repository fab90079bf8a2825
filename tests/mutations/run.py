"""Break the compiled template in every way, one at a time: is each noticed?

    python -m tests.mutations.run [--write] [--only TEXT] [--jobs N]

Prints a table by kind and the score; ``--write`` keeps it in docs/mutations.md. Exits 1 when a
mutation survives.
"""

import argparse
import copy
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from tests.conftest import add_shared, copy_project, kept_in
from tests.mutations.edits import Template
from tests.mutations.mutations import STAGES, Mutation, kinds, mutations
from tests.mutations.suite import ROOT, Suite
from tocsin import config, terminal
from tocsin.check.run import own_rules
from tocsin.check.schema import schema
from tocsin.cloudformation.template import Template as CompiledTemplate
from tocsin.config import Stage
from tocsin.exceptions import TocsinError
from tocsin.findings import Finding, Severity
from tocsin.packaging.package import package

PAGE = ROOT / "docs" / "mutations.md"
ROW = re.compile(r"^\| ([^|*]+?) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
SURVIVOR = re.compile(r"^- survived: (.+)$", re.MULTILINE)


@dataclass
class Score:
    """How many mutations of each kind there were, and who noticed them."""

    all: Counter[str] = field(default_factory=Counter)
    tests: Counter[str] = field(default_factory=Counter)
    check: Counter[str] = field(default_factory=Counter)
    survivors: list[str] = field(default_factory=list)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.all + other.all,
            self.tests + other.tests,
            self.check + other.check,
            self.survivors + other.survivors,
        )

    def table(self) -> list[str]:
        """Markdown: a row for each kind, then the totals."""
        lines = ["| mutation | count | caught by tests | by `check` |", "| --- | --: | --: | --: |"]
        lines += [
            f"| {kind} | {self.all[kind]} | {self.tests[kind]} | {self.check[kind]} |"
            for kind in kinds()
        ]
        total = (self.all.total(), self.tests.total(), self.check.total())
        lines.append("| **all** | " + " | ".join(f"**{number}**" for number in total) + " |")
        return lines

    def line(self) -> str:
        caught = self.all.total() - len(self.survivors)
        return f"{caught} of {self.all.total()} mutations caught"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help=f"keep the table in {PAGE.name}")
    parser.add_argument("--only", default="", help="kinds whose name has one of these texts")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        score = run(Path(directory) / "a project", options.only, options.jobs)
    for line in score.table():
        terminal.data(line)
    for survivor in score.survivors:
        terminal.data(f"survived: {survivor}")
    terminal.data(score.line())
    if options.write:
        write(score, options.only)
    return 1 if score.survivors else 0


def run(root: Path, only: str, jobs: int) -> Score:
    """Compile a copy of the project at ``root``, and break what was compiled."""
    add_shared(copy_project(root))
    templates = {}
    for name in STAGES:
        (file,) = package(root, config.load(root, name)).templates
        templates[name] = dict(CompiledTemplate.read(file))
    share = partial(_share, root, templates, only, jobs)
    # A fresh interpreter for each: pytest keeps what it knows in the process.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        return sum(pool.map(share, range(jobs)), Score())


def _share(root: Path, templates: Mapping[str, Template], only: str, jobs: int, job: int) -> Score:
    """The score of every ``jobs``-th mutation, from number ``job`` on."""
    stages = {name: config.load(root, name) for name in templates}
    score = Score()

    def body(suite: Suite) -> None:
        chosen = [mutation for mutation in mutations(templates) if _wanted(mutation.kind, only)]
        for number, mutation in enumerate(chosen[job::jobs], start=1):
            _ask(suite, root, stages[mutation.stage], mutation, score)
            if number % 100 == 0:
                terminal.note(f"process {job + 1}: {number} of {len(chosen[job::jobs])}")

    Suite(templates, body).run()
    return score


def _ask(suite: Suite, root: Path, stage: Stage, mutation: Mutation, score: Score) -> None:
    """Have one mutation judged by ``check`` and by the tests."""
    template = mutation.template
    about = template["Resources"].get(mutation.where, {}).get("Type", "")
    given = [CompiledTemplate(copy.deepcopy(template))]
    by_check = _errors(own_rules(root, stage, given, kept_in(root)))
    by_tests = suite.catches(mutation.stage, template, about)
    # cfn-lint takes seconds: it is asked where nobody else has noticed.
    if not (by_check or by_tests):
        by_check = _errors(schema(stage, [CompiledTemplate(template)]))
    score.all[mutation.kind] += 1
    score.tests[mutation.kind] += bool(by_tests)
    score.check[mutation.kind] += by_check
    if not (by_check or by_tests):
        score.survivors.append(str(mutation))
        terminal.note(f"survived: {mutation}")


def _errors(found: Iterable[Finding]) -> bool:
    """Whether ``check`` would end without a deploy: for an error, not for a warning.

    A template that a rule cannot read ends it as well, with a message; any other exception is a
    defect of ``check``, which then has noticed nothing.
    """
    try:
        return any(finding.severity is Severity.ERROR for finding in found)
    except TocsinError:
        return True
    except Exception as defect:
        terminal.note(f"check ended with {type(defect).__name__}: {defect}")
        return False


def _wanted(kind: str, only: str) -> bool:
    return any(part.strip().lower() in kind.lower() for part in only.split(","))


def write(score: Score, only: str) -> None:
    """Put the table into docs/mutations.md; rows of kinds that were not asked for stay."""
    head, heading, kept = PAGE.read_text(encoding="utf-8").partition("## Score\n")
    for kind, *counts in ROW.findall(kept):
        if kind in kinds() and not _wanted(kind, only):
            for counter, count in zip((score.all, score.tests, score.check), counts, strict=True):
                counter[kind] = int(count)
    score.survivors += [
        survivor
        for survivor in SURVIVOR.findall(kept)
        if not _wanted(survivor.partition(" #")[0], only)
    ]
    survivors = [f"- survived: {survivor}" for survivor in score.survivors]
    text = "\n".join(
        [f"{score.line()}.", "", *score.table(), *([""] if survivors else []), *survivors]
    )
    PAGE.write_text(f"{head}{heading}\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
