"""The names of the house: a class has its name for itself, and so has a file but for its role."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

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


def compiled_parts(module: Path) -> Iterator[CodeType]:
    """A module's code and that of each class and function in it, as Python keeps it compiled."""
    waiting = [SourceFileLoader(module.stem, str(module)).get_code(module.stem)]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [part for part in code.co_consts if isinstance(part, CodeType)]


def twice(names: list[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count > 1}


def test_a_loop_says_what_it_goes_through() -> None:
    found = [
        f"{module.relative_to(ROOT)}:{code.co_firstlineno}"
        for module in modules()
        for code in compiled_parts(module)
        if "each" in (*code.co_names, *code.co_varnames, *code.co_cellvars)
    ]
    assert found == []


def test_no_class_name_stands_for_two_things() -> None:
    classes = [
        name
        for module in modules()
        for name in re.findall(
            r"^ *class (\w+)[(:]", module.read_text(encoding="utf-8"), re.MULTILINE
        )
    ]
    assert len(classes) > 300
    assert twice(classes) == set()


def test_no_file_name_stands_for_two_roles() -> None:
    assert twice([module.name for module in modules()]) - ROLES == set()


def test_no_module_stands_where_nothing_leads_to_it() -> None:
    """What begins a process, and the folders that are read whole, aside."""
    begins = ("__init__", "__main__", "handler")
    read_whole = ("tocsin.alarms.kinds", "tocsin.cli.tasks")
    named: dict[str, set[Path]] = {}
    for source in (*modules(), ROOT / "inv", ROOT / "tasks.py", ROOT / "pyproject.toml"):
        text = source.read_text(encoding="utf-8")
        for package, names in re.findall(r"from ([\w.]+) import (\([^)]*|[^\n]*)", text):
            for name in re.findall(r"\w+", names):
                named.setdefault(f"{package}.{name}", set()).add(source)
        for name in re.findall(r"\b\w+(?:\.\w+)+", text):
            named.setdefault(name, set()).add(source)
    alone = []
    for module in modules():
        path = module.relative_to(ROOT).with_suffix("")
        if module.stem in begins or ".".join(path.parent.parts) in read_whole:
            continue
        if not named.get(".".join(path.parts), set()) - {module}:
            alone.append(str(path))
    assert alone == []
