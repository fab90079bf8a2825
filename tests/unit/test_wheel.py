"""The wheels: what is in them, the same bytes whatever the files' times, and that they run."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling import build

from tests.conftest import ROOT, slow
from tocsin import product

pytestmark = slow

SOURCES = ("tocsin", *product.FILES, "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")


def checkout(target: Path) -> Path:
    """What a wheel is built from."""
    for name in SOURCES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            junk = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, target / name, ignore=junk, dirs_exist_ok=True)
        else:
            shutil.copy2(ROOT / name, target / name)
    return target


def wheel_of(folder: Path, target: Path) -> Path:
    target.mkdir(exist_ok=True)
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        return target / build.build_wheel(str(target))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    return wheel_of(checkout(folder / "checkout"), folder / "dist")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked, as an installer does."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(folder)
    return folder


def test_a_wheel_has_the_products_files_and_nothing_else_beside_its_package(wheel) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names} == {
        "tocsin", "tocsin-errorlog.pth", f"tocsin-{product.version()}.dist-info",
    }  # fmt: skip
    for name in product.FILES:
        place = f"tocsin/{product.place_in_a_wheel(name)}"
        for inside in product.files_below(name):
            assert place + inside.removeprefix(name) in names
    for file in (ROOT / "tocsin").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            assert file.relative_to(ROOT).as_posix() in names
    assert not [name for name in names if "__pycache__" in name or "_product/tests/unit" in name]


def test_the_same_files_give_the_same_bytes(wheel, tmp_path) -> None:
    other = checkout(tmp_path / "elsewhere")
    for file in other.rglob("*"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
        if file.is_file() and not os.access(file, os.X_OK):
            file.chmod(0o600)
    (other / "tocsin/__pycache__").mkdir()
    (other / "tocsin/__pycache__/product.cpython-311.pyc").write_bytes(b"another")
    assert wheel_of(other, tmp_path / "dist").read_bytes() == wheel.read_bytes()


def test_errorlog_is_a_wheel_that_needs_nothing(tmp_path) -> None:
    folder = tmp_path / "errorlog"
    shutil.copytree(ROOT / "errorlog", folder, ignore=shutil.ignore_patterns("__pycache__"))
    opened = zipfile.ZipFile(wheel_of(folder, tmp_path / "dist"))
    code = {name for name in opened.namelist() if ".dist-info/" not in name}
    assert code == set(product.files_below(product.ERRORLOG))
    (metadata,) = [name for name in opened.namelist() if name.endswith("/METADATA")]
    assert "Requires-Dist" not in opened.read(metadata).decode()


# The command, as it is found in the unpacked wheel and nowhere else, typed several times: a process
# for each would import all of it anew.
TYPED = """
import contextlib, io, os, pathlib, shutil, site, sys

sys.path[:1] = []
site.addsitedir(sys.argv[1])
from tocsin.cli.command import main


def typed(folder, *arguments):
    sys.argv[1:] = arguments
    with contextlib.chdir(folder):
        try:
            main()
        except SystemExit as ended:
            assert not ended.code, f"{arguments}: {ended.code}"


typed(".", "init", "--folder", "shop")
typed("shop", "render", "--stage", "dev")
built = pathlib.Path("shop/build/dev/serverless.yml")
own = built.read_text()
# What a project does not have is the product's.
shutil.rmtree("shop/resources")
pathlib.Path("shop/serverless.yml.j2").unlink()
built.unlink()
typed("shop/functions/hello", "render", "--stage", "dev")
assert built.read_text() == own
typed("shop", "docs", "runbook")
"""


def test_what_is_installed_makes_a_project_and_renders_it(installed, tmp_path) -> None:
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", TYPED, str(installed)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    wanted = f"tocsin=={product.version()}\n"
    assert wanted in (tmp_path / "shop/requirements/tocsin.txt").read_text()
    assert "# Runbook" in done.stdout


def test_an_errorlog_of_its_own_is_found_before_the_one_inside(installed, tmp_path) -> None:
    code = (
        f"import site; site.addsitedir({str(installed)!r}); import errorlog as e; print(e.__file__)"
    )
    environment = {"PYTHONPATH": str(tmp_path)}

    def found() -> str:
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=installed.parent, env=environment, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    assert str(installed / "tocsin" / product.IMPORTABLE) in found()
    (tmp_path / "errorlog.py").write_text("")
    assert str(tmp_path / "errorlog.py") in found()
