"""Where the product's files are, and which of them a wheel gets."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from tests.conftest import ROOT, slow
from tocsin import product
from tocsin.packaging.package import CANNOT_START


def test_in_a_checkout_the_product_is_its_root() -> None:
    assert not product.is_installed()
    assert product.folder() == ROOT
    assert product.place("errorlog") == ROOT / "errorlog"


def test_every_file_that_a_wheel_gets_is_there() -> None:
    for name in product.FILES:
        assert product.files_below(name), name


def test_neither_caches_nor_what_only_a_build_reads_are_files_of_the_product() -> None:
    names = product.files_below(product.ERRORLOG)
    assert (ROOT / "errorlog/pyproject.toml").is_file()
    assert "errorlog/pyproject.toml" not in names
    assert not [name for name in names if not name.endswith((".py", "/py.typed"))]


def test_a_lambda_of_the_product_is_judged_like_the_tools() -> None:
    """Types, import contracts, and the changes of a stage's own functions name each."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    for name in product.LAMBDAS:
        assert name in settings["mypy"]["files"]
        assert name in settings["importlinter"]["root_packages"]


def test_errorlog_has_the_version_of_the_product() -> None:
    library = tomllib.loads((ROOT / "errorlog/pyproject.toml").read_text(encoding="utf-8"))
    assert library["project"]["version"] == product.version()
    assert "dependencies" not in library["project"]


RUN_BESIDE = {"aws-lambda-powertools", "awslambdaric", "pip"}
"""What runs in a process of its own: a function of the local stage, and what packaging installs by.

Environments that uv makes have no pip.
"""


def run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def imported_at_run_time() -> set[str]:
    """The packages that are not ours nor Python's, by the names of their modules."""
    found = set()
    code = [file for name in ("tocsin", *product.IMPORTED) for file in (ROOT / name).rglob("*.py")]
    for file in sorted(set(code) - set(Path(CANNOT_START).rglob("*.py"))):
        for node in run_time_nodes(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            elif isinstance(node, ast.Call) and called(node) == "import_module":
                names = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            found |= {name.split(".")[0] for name in names}
    return found - sys.stdlib_module_names - {"tocsin", *product.IMPORTED}


@slow
def test_what_the_tools_import_comes_with_them() -> None:
    """Also what a declared package brings along today: it may do without one day.

    An extra's package is asked for, and told of where it is not there.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared, asked_for = (
        {re.split(r"[^\w-]", line)[0].lower() for line in lines}
        for lines in (project["dependencies"], extras)
    )
    packages = metadata.packages_distributions()
    imported = {
        module: {name.lower().replace("_", "-") for name in packages.get(module, [module])}
        for module in imported_at_run_time()
    }
    by_none = {module for module, names in imported.items() if not names & (declared | asked_for)}
    assert by_none == set()
    assert declared - set().union(*imported.values()) <= RUN_BESIDE


def test_a_project_is_given_what_the_tools_need_from_a_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^\w-]", line)[0].lower() for line in project["dependencies"]}
    for name in ("tools", "project"):
        text = (ROOT / f"requirements/{name}.lock").read_text(encoding="utf-8")
        locked = {line.split("==")[0].split("[")[0] for line in text.splitlines() if "==" in line}
        assert declared - locked == set(), f"requirements/{name}.lock; ./inv lock"


def test_the_pythons_that_are_tested_are_those_that_inv_looks_for() -> None:
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    listed = re.search(r"python: \[(.+)\]", workflow)
    looked_for = re.findall(r"\bpython(3\.\d+)(?= )", (ROOT / "inv").read_text(encoding="utf-8"))
    assert listed
    assert set(re.findall(r"3\.\d+", listed[1])) == set(looked_for)
