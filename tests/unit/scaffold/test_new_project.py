"""`init`: the folder becomes a project that is whole, or stays as it was."""

import errno
import json
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, read_yaml, slow
from tocsin import config, product
from tocsin.cli.program import program
from tocsin.cli.tasks import develop
from tocsin.exceptions import InputError
from tocsin.packaging.render import rendered
from tocsin.scaffold import init, new_project, writing
from tocsin.scaffold.new_project import service_of
from tocsin.scaffold.project_answers import read_answers

pytestmark = slow


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_empty_folder_becomes_a_project_of_the_known_shape(made) -> None:
    for name in ("monitoring.yml", "serverless.yml.j2", "resources/alarms.yml.j2", "tasks.py",
                 "functions/hello/handler.py", "tests/unit/test_hello.py", "tests/alarms/hello.yml",
                 "tests/stack/conftest.py", "package.json", "README.md", ".gitignore",
                 "docs/runbook.md"):  # fmt: skip
        assert (made / name).is_file(), name
    assert (made / "inv").stat().st_mode & stat.S_IXUSR
    assert config.load(made, "dev").service == "a-shop"
    assert [function.key for function in config.load(made, "prod").functions] == ["hello"]
    assert json.loads((made / "package.json").read_text())["name"] == "a-shop"
    locked = json.loads((made / "package-lock.json").read_text())["packages"]
    assert locked[""]["devDependencies"] == {"osls": locked["node_modules/osls"]["version"]}


def test_what_it_was_made_as_is_kept_beside_it(made) -> None:
    files = files_in(made)
    base = {
        name.removeprefix(".tocsin-base/"): text
        for name, text in files.items()
        if name.startswith(".tocsin-base/")
    }
    answers = read_yaml(base.pop("answers.yml"))
    assert answers == {"version": product.version(), "service": "a-shop"}
    assert base == {name: text for name, text in files.items() if ".tocsin-base" not in name}
    assert read_answers(made).service == "a-shop"


def test_its_stack_is_rendered_from_its_own_files(made) -> None:
    assert read_yaml(rendered(made, config.load(made, "dev")))["service"] == "a-shop"


def test_its_code_is_as_its_own_lint_wants_it(made) -> None:
    for arguments in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "."],
            cwd=made, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_its_function_passes_its_own_tests(made) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/unit"],
        cwd=made,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "2 passed" in done.stdout, done.stdout


def test_its_fast_suite_runs(made, monkeypatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(develop, "_python", lambda _, line, **__: asked.append(line))
    program.run(["inv", "--search-root", str(made), "test-unit"])
    words = [word for word in shlex.split(asked[0]) if word != "tests/stack"]
    done = subprocess.run(
        [sys.executable, *words, "-p", "no:cacheprovider"],
        cwd=made, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_no_page_of_it_links_to_one_that_it_does_not_have(made) -> None:
    text = (made / "docs/runbook.md").read_text()
    assert "](" not in text.replace("](http", "").replace("](#", "")
    assert "`./inv docs decisions/paging`" in text


@pytest.mark.parametrize("name", ["monitoring.yml", "serverless.yml", "tests/stack/conftest.py"])
def test_a_folder_with_somebodys_files_is_refused_and_left(tmp_path, name) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine\n")
    with pytest.raises(InputError, match=rf"found {name}; accepted: an empty folder"):
        init(tmp_path)
    assert files_in(tmp_path) == {name: b"mine\n"}


def test_what_a_repository_is_begun_with_stays(tmp_path) -> None:
    for name in ("README.md", ".gitignore", "LICENSE"):
        (tmp_path / name).write_text("mine\n")
    assert init(tmp_path).left == (".gitignore", "README.md")
    for name in ("README.md", ".gitignore", "LICENSE"):
        assert (tmp_path / name).read_text() == "mine\n"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path) -> None:
    (tmp_path / "x").write_text("")
    for folder in (tmp_path / "x", tmp_path / "x" / "y"):
        with pytest.raises(InputError, match="found a file; accepted: a folder"):
            init(folder)


def test_what_cannot_be_written_whole_leaves_nothing(tmp_path, monkeypatch) -> None:
    written = []

    def full(target, file):
        if len(written) == 20:
            raise OSError(28, "No space left on device", str(target))
        written.append(target)
        writing.write_file(target, file)

    monkeypatch.setattr(new_project, "write_file", full)
    with pytest.raises(OSError, match="No space"):
        init(tmp_path / "deep" / "shop")
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_killed_is_done_again(made) -> None:
    before = files_in(made)
    for name in ("monitoring.yml", "tasks.py", ".tocsin-base/answers.yml"):
        (made / name).unlink()
    init(made)
    assert files_in(made) == before


def _a_file(at: Path) -> None:
    at.write_text("mine\n")


def _a_link_out(at: Path) -> None:
    (at.parents[1] / "elsewhere").mkdir()
    at.symlink_to(at.parents[1] / "elsewhere")


def _a_folder(at: Path) -> None:
    at.mkdir()


@pytest.mark.parametrize(
    ("name", "make", "found"),
    [
        ("functions", _a_file, "functions: found a file; accepted: a folder, or nothing"),
        (".tocsin-base", _a_file, ".tocsin-base: found a file; accepted: a folder, or nothing"),
        (
            "functions",
            _a_link_out,
            "functions: found a link to .*elsewhere, outside of the project",
        ),
        ("monitoring.yml", _a_folder, "found monitoring.yml; accepted: an empty folder"),
        (".tocsin-base/inv", _a_folder, ".tocsin-base/inv: found a folder; accepted: a file"),
    ],
)
def test_nothing_is_written_where_something_is_in_the_way(tmp_path, name, make, found) -> None:
    root = tmp_path / "shop"
    (root / name).parent.mkdir(parents=True)
    make(root / name)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=found):
        init(root)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_full_disk_names_the_file(tmp_path, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tocsin.scaffold.writing.os.fdopen", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*shop/.*'"):
        init(tmp_path / "shop")
    assert files_in(tmp_path) == {}


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_folder_can_have_is_refused(tmp_path, name) -> None:
    with pytest.raises(InputError, match="accepted: a folder, or a name that is free"):
        init(tmp_path / name)


@pytest.mark.parametrize(
    ("folder", "given", "service"),
    [
        ("Bücher Über", "", "bucher-uber"),
        ("店", "", "monitoring"),
        ("Shop", "", "shop"),
        ("my_shop v2!", "", "my-shop-v2"),
        ("2024", "", "monitoring"),
        ("ü", "", "u"),
        ("Crème brûlée", "", "creme-brulee"),
        ("日本", "", "monitoring"),
        ("x" * 80, "", "x" * 50),
        ("shop", "Other-1", "Other-1"),
    ],
)
def test_a_service_is_named_after_its_folder(folder, given, service) -> None:
    assert service_of(Path("/somewhere") / folder, given) == service


@pytest.mark.parametrize("given", ["1a", "a b", "a_b", "x" * 51, "a\n", "${x}"])
def test_a_service_that_is_no_name_is_refused(tmp_path, given) -> None:
    with pytest.raises(InputError, match=r"--service: found .*; accepted: a letter"):
        init(tmp_path / "shop", given)
    assert not (tmp_path / "shop").exists()
