"""A release is built twice and tried, and one that fails leaves all as it was."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tocsin.release import ReleaseError, release
from tocsin.release.release import CHANGELOG, PROJECTS

DAY = date(2099, 1, 1)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in PROJECTS:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / CHANGELOG).write_text("## Unreleased\n\n- A thing.\n")
    return tmp_path


def build(project: Path, target: Path) -> None:
    """In place of hatchling: what is in a wheel is tests/unit/test_wheel.py's matter."""
    (target / f"{project.name}.whl").write_bytes((project / "pyproject.toml").read_bytes())


def texts(checkout: Path) -> list[str]:
    return [(checkout / name).read_text() for name in (CHANGELOG, *PROJECTS)]


def test_version_and_changelog_are_written_before_the_wheels_are_built(checkout) -> None:
    tried = []
    made = release(checkout, "99.0.0", DAY, build, lambda *given: tried.append(given))
    assert (checkout / CHANGELOG).read_text().startswith("## Unreleased\n\n## 99.0.0 - 2099-01-01")
    assert {wheel.name for wheel in made.wheels} == {f"{checkout.name}.whl", "errorlog.whl"}
    for wheel in made.wheels:
        assert wheel.read_text().count('version = "99.0.0"') == 1
    assert tried == [(list(made.wheels), "99.0.0")]


def fails(*_: object) -> None:
    raise ReleaseError("it does not do")


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def other_each_time(project: Path, target: Path) -> None:
    (target / f"{project.name}.whl").write_text(str(target))


@pytest.mark.parametrize(
    ("builds", "tries", "error"),
    [
        (fails, build, ReleaseError),
        (build, fails, ReleaseError),
        (build, interrupted, KeyboardInterrupt),
        (other_each_time, build, ReleaseError),
        (lambda project, target: None, build, ReleaseError),
    ],
)
def test_what_fails_leaves_all_as_it_was(checkout, builds, tries, error) -> None:
    before = texts(checkout)
    with pytest.raises(error):
        release(checkout, "99.0.0", DAY, builds, tries)
    assert texts(checkout) == before
