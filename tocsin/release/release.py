"""Write the version, build the wheels and try them; a release that fails leaves all as it was."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tocsin import terminal
from tocsin.exceptions import TocsinError
from tocsin.release.changelog import signed_off

CHANGELOG = "CHANGELOG.md"
PROJECTS = ("pyproject.toml", "errorlog/pyproject.toml")
"""What is built, each with the version in it."""
DIST = Path("build/dist")
_VERSION = re.compile(r'^version = "[^"]*"$', re.MULTILINE)


class ReleaseError(TocsinError):
    """A wheel cannot be built, is not the same twice, or does not do in an empty environment."""


@dataclass(frozen=True)
class Release:
    """``wheels`` with the SHA-256 of each, in hexadecimal digits."""

    version: str
    wheels: dict[Path, str]


def release(
    root: Path,
    version: str,
    day: date,
    build: Callable[[Path, Path], None] | None = None,
    try_out: Callable[[Sequence[Path], str], None] | None = None,
) -> Release:
    """Release the checkout in ``root`` as ``version`` of ``day``; committing it is left to people.

    Raises:
        ChangelogError: nothing to release, or no version that follows the last one.
        ReleaseError: the wheels are not good; all files are as they were.
    """
    build, try_out = build or build_wheel, try_out or try_in_an_empty_environment
    files = [root / name for name in (CHANGELOG, *PROJECTS)]
    before = {file: file.read_text(encoding="utf-8") for file in files}
    after = {
        file: signed_off(text, version, day)
        if file.name == CHANGELOG
        else _VERSION.sub(f'version = "{version}"', text, count=1)
        for file, text in before.items()
    }
    try:
        for file, text in after.items():
            file.write_text(text, encoding="utf-8")
        wheels = _built_twice(root, build)
        try_out(list(wheels), version)
    except BaseException:
        for file, text in before.items():
            file.write_text(text, encoding="utf-8")
        raise
    return Release(version, wheels)


def _built_twice(root: Path, build: Callable[[Path, Path], None]) -> dict[Path, str]:
    target = root / DIST
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="tocsin-") as again:
        for name in PROJECTS:
            project = (root / name).parent
            with terminal.step(f"build {project.name}"):
                build(project, target)
                build(project, Path(again))
        found = {file: _digest(file) for file in sorted(target.glob("*.whl"))}
        other = {file.name: _digest(file) for file in Path(again).glob("*.whl")}
    if {file.name: digest for file, digest in found.items()} != other or len(found) != len(
        PROJECTS
    ):
        raise ReleaseError(f"two builds gave other wheels: {sorted(other)}; see {target}")
    return found


def build_wheel(project: Path, target: Path) -> None:
    """Build the wheel of ``project`` into the folder ``target``."""
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)], project)


def try_in_an_empty_environment(wheels: Sequence[Path], version: str) -> None:
    """Install ``wheels`` beside nothing, and make, render and check a project with them."""
    with tempfile.TemporaryDirectory(prefix="tocsin-") as name:
        folder = Path(name)
        with terminal.step("install into an empty environment"):
            venv.create(folder / "venv", with_pip=True)
            programs = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
            install = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
            _run([*install, "--disable-pip-version-check", *map(str, wheels)], folder)
        command = str(programs / "tocsin")
        said = _run([command, "--version"], folder)
        if said.strip() != f"tocsin {version}":
            raise ReleaseError(f"the installed command says {said.strip()!r}, not {version}")
        with terminal.step("make and check a project with it"):
            _run([command, "init", "--folder", "shop"], folder)
            _run([command, "check", "--stage", "dev"], folder / "shop")


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = f"{done.stdout}\n{done.stderr}".strip()[-2_000:]
        raise ReleaseError(f"{' '.join(command)} failed:\n{said}")
    return done.stdout


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
