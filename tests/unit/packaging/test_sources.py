"""What of a function's folder goes into its archive."""

import os
from pathlib import Path

import pytest

from tocsin.packaging.sources import LinkError, source_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "functions" / "orders"
    folder.mkdir(parents=True)
    (folder / "handler.py").write_text("def handler(event, context): ...\n")
    return folder


def project(folder: Path) -> Path:
    return folder.parents[1]


@pytest.mark.parametrize(
    "name",
    [
        ".env", ".env.local", ".git/config", ".gitignore", ".venv/bin/python", ".DS_Store",
        ".aws/credentials", ".mypy_cache/a.json", ".pytest_cache/a", ".ruff_cache/a", ".tox/a",
        ".hypothesis/a", ".coverage", "__pycache__/a.cpython-311.pyc", "old.pyc", "sub/.env",
        "sub/__pycache__/a.pyc", "tests/test_handler.py", "tests/data.json", "sub/tests/a.py",
        "test_handler.py", "conftest.py", "orders.egg-info/PKG-INFO", "node_modules/a/index.js",
        "env/pyvenv.cfg", "env/lib/site.py",
    ],
)  # fmt: skip
def test_what_lambda_has_no_use_for_stays_out(folder: Path, name: str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    if name.startswith("env/"):
        (folder / "env" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    assert list(source_files(project(folder), folder)) == ["handler.py"]


@pytest.mark.parametrize(
    "name",
    ["environment.py", "env.py", "git/a.py", "testing.py", "contest.py", "data/model.bin", "env/a"],
)
def test_what_only_sounds_like_it_goes_in(folder: Path, name: str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    assert sorted(source_files(project(folder), folder)) == sorted(["handler.py", name])


def test_a_link_inside_the_project_is_followed(folder: Path) -> None:
    common = project(folder) / "common"
    (common / "deep").mkdir(parents=True)
    (common / "prices.py").write_text("a")
    (common / ".env").write_text("secret")
    (common / "deep" / "more.py").write_text("b")
    (folder / "shared").symlink_to(os.path.relpath(common, folder), target_is_directory=True)
    (folder / "prices.py").symlink_to(common / "prices.py")
    found = source_files(project(folder), folder)
    assert list(found) == ["handler.py", "prices.py", "shared/deep/more.py", "shared/prices.py"]
    assert found["shared/deep/more.py"].read_text() == "b"


def test_a_link_gives_no_other_name_to_what_stays_out(folder: Path) -> None:
    (project(folder) / ".env").write_text("secret")
    (folder / "settings").symlink_to(project(folder) / ".env")
    assert list(source_files(project(folder), folder)) == ["handler.py"]


@pytest.mark.parametrize("kind", ["file", "folder", "beside"])
def test_a_link_out_of_the_project_is_refused(folder: Path, tmp_path: Path, kind: str) -> None:
    outside = tmp_path / ("project-two" if kind == "beside" else "outside")
    outside.mkdir()
    (outside / "key.pem").write_text("secret")
    (folder / "link").symlink_to(outside / "key.pem" if kind == "file" else outside)
    with pytest.raises(LinkError, match="outside of the project") as refused:
        source_files(project(folder), folder)
    assert str(folder / "link") in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_link_out_of_the_project_by_another_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (project(folder) / "common").symlink_to(tmp_path / "outside")
    (folder / "shared").symlink_to(project(folder) / "common")
    with pytest.raises(LinkError, match="outside of the project"):
        source_files(project(folder), folder)


@pytest.mark.parametrize("target", [".", "..", "../orders", "nowhere", "link"])
def test_a_link_that_leads_nowhere_or_round_is_refused(folder: Path, target: str) -> None:
    (folder / "link").symlink_to(target)
    with pytest.raises(LinkError, match=r"leads nowhere|a folder that it is in"):
        source_files(project(folder), folder)
