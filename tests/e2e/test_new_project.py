"""From nothing to a project that is deployed, tested and upgraded, as its pages say, by pip alone.

An empty environment, an empty folder, and nothing of this checkout but what its wheel has.
"""

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, deep
from tests.e2e.conftest import free_port, listens

pytestmark = deep  # minutes, most of them pip's
MERGED, REPLACED = "resources/alarms.yml.j2", "resources/outputs.yml.j2"
HANDLER = Path("functions/hello/handler.py")
OLDER = "# A line of an older version.\n"


class Shop:
    """The new project; ``tocsin`` is what is installed in an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.root, self.port = folder / "a shop", free_port()
        self.environment = folder / "environment"
        self.root.mkdir()
        venv.create(self.environment, with_pip=True)
        self.run(str(self.environment / "bin/python"), "-m", "pip", "install", "--quiet", str(ROOT))

    def run(self, *command: str, expect: int = 0) -> str:
        # What tests run under is not what the project is given.
        variables = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("AWS_", "PYTEST_", "PYTHONPATH", "VIRTUAL_ENV"))
        } | {"TOCSIN_LOCAL_PORT": str(self.port)}
        done = subprocess.run(
            command, cwd=self.root, env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == expect, f"{command}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def tocsin(self, *arguments: str, expect: int = 0) -> str:
        return self.run(str(self.environment / "bin/tocsin"), *arguments, expect=expect)

    def inv(self, *arguments: str) -> str:
        return self.run("./inv", *arguments)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("new project"))
    try:
        yield made
    finally:
        if (made.root / "monitoring.yml").exists():
            made.tocsin("local-stop")
        assert not listens(made.port)


def test_the_first_hour_of_a_project(shop: Shop) -> None:
    assert shop.tocsin("--version").startswith("tocsin ")
    assert "smoke-test" in shop.tocsin("--list")
    assert list(shop.root.iterdir()) == []
    shop.tocsin("init")
    drilled = shop.inv("deploy", "--stage", "local")
    assert ", 0 failed" in drilled
    assert "hello     exception     raised, recorded, ALARM, notified, OK" in drilled
    assert " passed" in shop.inv("test")
    # The command, with no tools of the project's, finds the same from any folder of it.
    assert "DrillFailure" in shop.tocsin("errors", "--stage", "local")


def test_an_upgrade_from_an_older_version_loses_nothing(shop: Shop) -> None:
    mine = shop.root / HANDLER
    mine.write_text(mine.read_text().replace("Hello, ", "Good day, "))
    template, newer = shop.root / MERGED, (shop.root / MERGED).read_text()
    for name in (MERGED, REPLACED):
        for file in (shop.root / name, shop.root / ".tocsin-base" / name):
            file.write_text(OLDER + file.read_text())
    template.write_text(template.read_text() + "# Mine.\n")
    (shop.root / "tests/unit/test_hello.py").unlink()
    before = mine.read_text()
    planned = shop.tocsin("upgrade", "--dry-run")
    assert OLDER in (shop.root / REPLACED).read_text(), "a dry run writes nothing"
    assert shop.tocsin("upgrade") == planned
    assert planned.splitlines() == [f"merged    {MERGED}", f"replaced  {REPLACED}"]
    assert template.read_text() == newer + "# Mine.\n"
    assert OLDER not in (shop.root / REPLACED).read_text()
    assert mine.read_text() == before
    assert not (shop.root / "tests/unit/test_hello.py").exists()
    # Both sides change the same line: the owner's stays, and the other is beside it.
    base = shop.root / ".tocsin-base" / HANDLER
    base.write_text(base.read_text().replace("Hello, ", "Hi, "))
    assert "conflict" in shop.tocsin("upgrade", expect=1)
    assert mine.read_text() == before
    assert "Good day, " in (shop.root / f"{HANDLER}.tocsin-merge").read_text()
    (shop.root / f"{HANDLER}.tocsin-merge").unlink()
    assert shop.tocsin("upgrade") == ""


def test_errorlog_alone_is_installed_from_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation",
         "--target", str(folder), str(ROOT / "errorlog")],
        check=True,
    )  # fmt: skip
    assert {file.name for file in folder.iterdir()} >= {"errorlog"}
    shutil.rmtree(folder)
