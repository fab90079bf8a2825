"""The names of the house: a class has its name for itself, and so has a file but for its role."""

import ast
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

PACKAGES = ("tocsin", "errorlog", "collector", "notifier", "bugs")
# The same role in each room: what AWS calls, what prints a result, what runs the room, the
# document that people write, what draws, what an exception is.
ROLES = {
    "__init__.py", "handler.py", "view.py", "run.py", "model.py", "settings.py", "errors.py",
    "plot.py",
}  # fmt: skip


def modules() -> list[Path]:
    tracked = subprocess.run(
        ["git", "ls-files", "--", *(f"{package}/*.py" for package in PACKAGES)],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in tracked.stdout.split() if (ROOT / name).is_file()]


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def twice(names: list[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count > 1}


def test_a_loop_says_what_it_goes_through() -> None:
    found = [
        f"{module.relative_to(ROOT)}:{node.lineno}"
        for module in modules()
        for node in ast.walk(tree(module))
        if (isinstance(node, ast.Name) and node.id == "each")
        or (isinstance(node, ast.arg) and node.arg == "each")
    ]
    assert found == []


def test_no_class_name_stands_for_two_things() -> None:
    classes = [
        node.name
        for module in modules()
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ClassDef)
    ]
    assert twice(classes) == set()


def test_no_file_name_stands_for_two_roles() -> None:
    assert twice([module.name for module in modules()]) - ROLES == set()
