"""What a large stage costs on the developer's machine: render, package and check.

    python -m tests.benchmarks.scale                 1, 100 and 500 functions, some minutes
    python -m tests.benchmarks.scale --sizes 1 70    others

The yardstick is osls alone: `osls package` on the same rendered files, as many stacks at a time,
right before in the same run, so that a busy machine slows both. Each size is a process of its own;
memory is the peak of one process, ours or one of osls.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.many_functions import project_of

ROOT = Path(__file__).resolve().parents[2]
SIZES = (1, 100, 500)
GOAL = 2.0
"""At most so many times what osls takes alone, at the largest size."""

GROWTH = 1.5
"""osls alone grows with the number of stacks: a ratio that grows is more than linear."""


def measured(count: int, folder: Path) -> dict[str, float]:
    """Seconds of each step and peak megabytes, for a project of ``count`` functions."""
    from tocsin import config
    from tocsin.check import check
    from tocsin.packaging import offline_cloudformation, osls
    from tocsin.packaging.package import PACKAGE_FOLDER, build_archives, package
    from tocsin.packaging.render import render
    from tocsin.stacks import Stack, stacks_of
    from tocsin.stacks.parallel import each_of

    root = project_of(folder / f"of {count}", count)
    stage = config.load(root, "dev")
    found: dict[str, float] = {"functions": count, "stacks": len(stacks_of(stage))}

    def timed(step: str, work: Callable[[], object]) -> object:
        began = time.perf_counter()
        result = work()
        found[step] = time.perf_counter() - began
        return result

    def osls_alone() -> None:
        with offline_cloudformation.serving() as environment:

            def compile_stack(stack: Stack) -> None:
                osls.run(root, stack.folder(root), "package", "--package", PACKAGE_FOLDER,
                         environment=environment)  # fmt: skip

            each_of(stacks_of(stage), compile_stack, at_once=os.cpu_count() or 1)

    build_archives(root, stage)  # also installs the layer's requirements, once
    timed("render", lambda: render(root, stage))
    timed("osls", osls_alone)
    found["osls MB"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    built = timed("package", lambda: package(root, stage))
    timed("check", lambda: check(root, stage, *built.templates))  # type: ignore[attr-defined]
    found["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def table(rows: list[dict[str, float]]) -> list[str]:
    """The Markdown table of docs/scale.md. ``package`` renders too, so it is not added twice."""
    lines = [
        "| functions | stacks | render | package | check | osls alone | ratio | MB | osls MB |",
        "| --: | --: | --: | --: | --: | --: | --: | --: | --: |",
    ]
    lines += [
        f"| {row['functions']:.0f} | {row['stacks']:.0f} | {row['render']:.1f} s "
        f"| {row['package']:.1f} s | {row['check']:.1f} s | {row['osls']:.1f} s "
        f"| {ratio(row):.2f} | {row['MB']:.0f} | {row['osls MB']:.0f} |"
        for row in rows
    ]
    return lines


def total(row: dict[str, float]) -> float:
    """Seconds from monitoring.yml to the last finding."""
    return row["package"] + row["check"]


def ratio(row: dict[str, float]) -> float:
    """Ours to that of osls alone."""
    return total(row) / row["osls"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.one:
            sys.stdout.write(json.dumps(measured(arguments.one, Path(folder))))
            return 0
    rows = []
    for size in sorted(arguments.sizes):
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.scale", "--one", str(size)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        rows.append(json.loads(done.stdout))
        for line in table(rows)[-1:] if len(rows) > 1 else table(rows):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    last, before = rows[-1], rows[max(0, len(rows) - 2)]
    growth = ratio(last) / ratio(before)
    sys.stdout.write(
        f"\n{ratio(last):.2f} times osls alone, at most {GOAL:g} wanted; "
        f"{growth:.2f} times the ratio of {before['functions']:.0f} functions, "
        f"at most {GROWTH:g} wanted\n"
    )
    return 0 if ratio(last) <= GOAL and growth <= GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())
