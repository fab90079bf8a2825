"""The bootstrap wrapper: what it needs is said in one line, what is there is not made again."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import ROOT, slow

pytestmark = slow


@pytest.fixture
def bare_project(tmp_path: Path) -> Path:
    """A fresh clone as far as the wrapper looks: nothing installed."""
    project = tmp_path / "fresh clone"
    (project / "requirements").mkdir(parents=True)
    for name in ("inv", "package-lock.json", "requirements/tools.lock"):
        (project / name).write_bytes((ROOT / name).read_bytes())
    (project / "inv").chmod(0o755)
    return project


@pytest.fixture
def path_with(tmp_path: Path):
    """``path_with(python="3.10.1")``: a PATH of a shell's basics and these versions."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "cmp", "rm", "cp", "env", "head", "sed", "tail"):
        (folder / name).symlink_to(
            f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}"
        )

    def build(python: str | None = None, node: str | None = None) -> str:
        if python:
            major, minor = python.split(".")[:2]
            too_old = int(major) < 3 or int(minor) < 11
            script = f'[ "$1" = --version ] && echo "Python {python}" && exit; exit {int(too_old)}'
            _executable(folder / "python3", script)
        if node:
            _executable(folder / "node", f"echo v{node}")
            _executable(folder / "npm", "exit 0")
        return str(folder)

    return build


def _executable(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("versions", "message"),
    [
        ({}, "inv: Python 3.11 or newer is needed, found no Python"),
        ({"python": "3.10.4"}, "inv: Python 3.11 or newer is needed, found Python 3.10.4"),
        ({"python": "3.11.2"}, "inv: Node 20 or newer is needed, found no node"),
        (
            {"python": "3.12.1", "node": "18.19.0"},
            "inv: Node 20 or newer is needed, found v18.19.0",
        ),
    ],
)
def test_a_missing_or_old_tool_is_one_line_and_exit_2(
    bare_project, path_with, versions, message
) -> None:
    done = subprocess.run(
        [bare_project / "inv", "--list"],
        env={"PATH": path_with(**versions)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    assert not (bare_project / ".venv").exists()


def run(project: Path, path: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [project / "inv", "--list"],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def says_one_line(done: subprocess.CompletedProcess[str], *parts: str, exit_code: int = 2) -> None:
    """One line after the notes of what is being made, and no traceback."""
    *notes, said = done.stderr.splitlines()
    assert done.returncode == exit_code, done.stderr
    assert all(note.startswith("inv: making ") for note in notes), done.stderr
    assert said.startswith("inv: ")
    for part in parts:
        assert part in said


@pytest.fixture
def installed(bare_project: Path) -> Path:
    """A project whose packages were installed, and whose `.venv` has this interpreter."""
    folder = bare_project / ".venv/bin"
    folder.mkdir(parents=True)
    (bare_project / "node_modules").mkdir()
    shutil.copy(bare_project / "requirements/tools.lock", bare_project / ".venv")
    shutil.copy(bare_project / "package-lock.json", bare_project / "node_modules")
    (folder / "python").symlink_to(sys.executable)
    (bare_project / "tocsin/cli").mkdir(parents=True)
    for name in ("__init__", "cli/__init__", "cli/installation", "cli/interruption"):
        shutil.copy(ROOT / f"tocsin/{name}.py", bare_project / f"tocsin/{name}.py")
    return bare_project


REMEDY = "remove .venv, then run ./inv again"


@pytest.mark.parametrize("target", ["/nowhere/python3.11", "/etc/hostname", "tools.lock"])
def test_a_venv_whose_python_is_gone_is_to_be_made_anew(installed, path_with, target) -> None:
    python = installed / ".venv/bin/python"
    python.unlink()
    python.symlink_to(target)
    says_one_line(run(installed, path_with()), "the Python of .venv does not run", REMEDY)


def test_a_venv_without_its_folder_of_programs_is_to_be_made_anew(installed, path_with) -> None:
    shutil.rmtree(installed / ".venv/bin")
    says_one_line(run(installed, path_with()), "the Python of .venv does not run", REMEDY)


def _program(project: Path, text: str) -> None:
    (project / "tocsin/cli/program.py").write_text(text)


def test_a_venv_that_lacks_a_package_is_to_be_made_anew(installed, path_with) -> None:
    _program(installed, "import a_package_that_is_in_no_lock.part\n")
    said = run(installed, path_with())
    says_one_line(said, "it has no a_package_that_is_in_no_lock", REMEDY)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda package: (package / "part.py").unlink(), "shapes lacks shapes/part.py"),
        (
            lambda package: (package / "__init__.py").write_text("def side("),
            "shapes has another shapes/__init__.py than was installed",
        ),
    ],
)
def test_a_package_that_is_half_there_is_named(installed, path_with, damage, said) -> None:
    packages = installed / "packages"
    package = packages / "shapes"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from shapes import part\nside = part.side\n")
    (package / "part.py").write_text("side = 1\n")
    record = packages / "shapes-1.0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: shapes\nVersion: 1.0\n")
    sizes = [f"shapes/{file.name},,{file.stat().st_size}" for file in package.iterdir()]
    (record / "RECORD").write_text("\n".join([*sizes, "shapes/__pycache__/gone.pyc,,9", ""]))
    damage(package)
    _program(installed, f"import sys\nsys.path.insert(0, {str(packages)!r})\nimport shapes\n")
    says_one_line(run(installed, path_with()), said, REMEDY)


def test_ctrl_c_while_modules_are_read_is_no_traceback(installed, path_with) -> None:
    _program(installed, "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    # Where the tests run as a shell's background job, it is ignored.
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    done = run(installed, path_with(), preexec_fn=heard)
    assert (done.stdout, done.stderr, done.returncode) == ("", "interrupted\n", 130)


def test_an_error_of_the_project_itself_keeps_its_traceback(installed, path_with) -> None:
    _program(installed, "import tocsin.cli.a_module_that_was_never_written\n")
    done = run(installed, path_with())
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "a_module_that_was_never_written" in done.stderr


@pytest.fixture
def failing_python(bare_project, path_with) -> str:
    """A PATH whose Python makes a venv, but whose pip reaches no index."""
    path = path_with(python="3.12.1", node="22.1.0")
    pip = 'echo "WARNING: Retrying" >&2; echo "ERROR: No matching distribution found" >&2; exit 1'
    _executable(bare_project / "pip", pip)
    _executable(
        Path(path) / "python3",
        'case "$1$2" in -c*) exit 0;; -mvenv) mkdir -p "$3/bin"; cp "${0%/*}/../fresh clone/pip" '
        '"$3/bin/python";; esac',
    )
    (Path(path) / "mkdir").symlink_to("/bin/mkdir")
    return path


def test_without_a_network_pips_last_word_is_said_and_the_rest_kept(
    bare_project, failing_python
) -> None:
    done = run(bare_project, failing_python)
    says_one_line(done, "pip could not install requirements/tools.lock: ERROR: No matching",
                  "is there a network?", ".venv/pip.log", exit_code=1)  # fmt: skip
    assert "WARNING: Retrying" in (bare_project / ".venv/pip.log").read_text()
    assert not (bare_project / ".venv/tools.lock").exists()  # the next run begins anew


def test_without_a_network_npms_first_word_is_said_and_the_rest_kept(installed, path_with) -> None:
    path = path_with(python="3.12.1", node="22.1.0")
    _executable(Path(path) / "npm", "echo npm error code ENOTFOUND >&2; echo more >&2; exit 1")
    (installed / "node_modules/package-lock.json").unlink()
    says_one_line(run(installed, path), "npm could not install package-lock.json: npm error code "
                  "ENOTFOUND", "is there a network?", ".venv/npm.log", exit_code=1)  # fmt: skip
    assert (installed / ".venv/npm.log").read_text() == "npm error code ENOTFOUND\nmore\n"


@pytest.fixture
def made_project(bare_project, path_with) -> tuple[Path, str]:
    """A project that names its tocsin, and a PATH whose Python installs by writing down what."""
    (bare_project / "requirements/tocsin.txt").write_text("tocsin==1.0.0\n")
    (bare_project / "node_modules").mkdir()
    shutil.copy(bare_project / "package-lock.json", bare_project / "node_modules")
    path = path_with(python="3.12.1", node="22.1.0")
    _executable(
        bare_project / "python",
        'for word; do case "$word" in --requirement) ;; *.lock|*.txt) echo "${word##*/}" '
        '>>"${0%/.venv*}/installed";; esac; done; '
        '[ ! -e "${0%/.venv*}/refuse" ] || case "$*" in *tocsin.txt*) echo "no such commit"; '
        "exit 1;; esac",
    )
    _executable(
        Path(path) / "python3",
        'case "$1$2" in -c*) exit 0;; -mvenv) mkdir -p "$3/bin"; cp "${3%/.venv}/python" '
        '"$3/bin/python";; esac',
    )
    (Path(path) / "mkdir").symlink_to("/bin/mkdir")
    return bare_project, path


def test_a_projects_tocsin_is_installed_after_its_lock_once_and_when_it_changes(
    made_project,
) -> None:
    project, path = made_project
    for _ in range(2):
        assert run(project, path).returncode == 0
    installed = project / "installed"
    assert installed.read_text().split() == ["pip.txt", "tools.lock", "tocsin.txt"]
    (project / "requirements/tocsin.txt").write_text("tocsin==2.0.0\n")
    assert run(project, path).returncode == 0
    assert installed.read_text().split() == ["pip.txt", "tools.lock", "tocsin.txt"] * 2


def test_a_tocsin_that_is_not_there_is_said_and_asked_for_again(made_project) -> None:
    project, path = made_project
    (project / "refuse").write_text("")
    for _ in range(2):
        says_one_line(run(project, path), "pip could not install requirements/tocsin.txt: no such "
                      "commit; is what it names there?", ".venv/pip.log", exit_code=1)  # fmt: skip


def test_a_venv_without_tocsin_is_to_be_made_anew(installed, path_with) -> None:
    shutil.rmtree(installed / "tocsin")
    said = run(installed, path_with(), cwd=installed)
    says_one_line(said, "it has no tocsin", REMEDY)


def test_a_python_without_venv_says_so(bare_project, path_with) -> None:
    path = path_with(python="3.12.1", node="22.1.0")
    _executable(
        Path(path) / "python3", '[ "$1" = -c ] && exit 0; echo "No module named venv"; exit 1'
    )
    says_one_line(run(bare_project, path), "could not make .venv: No module named venv",
                  "install python3-venv")  # fmt: skip


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """One that a user who is not its owner may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("lacking", "made"), [(".venv", ".venv"), ("node_modules", "node_modules")]
)
def test_a_checkout_that_cannot_be_written_says_so(
    installed, path_with, public_folder, lacking, made
) -> None:
    path = public_folder / "bin"
    shutil.copytree(path_with(python="3.12.1", node="22.1.0"), path, symlinks=True)
    project = public_folder / "clone"
    shutil.copytree(installed, project, symlinks=True)
    shutil.rmtree(project / lacking)
    project.chmod(0o555)
    nobody = {"user": 65534} if os.geteuid() == 0 else {}
    done = run(project, str(path), **nobody)
    says_one_line(done, f"{made} cannot be made, because {project} cannot be written")
    assert not (project / lacking).exists()


def test_once_made_it_hands_its_arguments_to_invoke() -> None:
    done = subprocess.run(
        [ROOT / "inv", "--list"],
        cwd="/",
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "smoke-test" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("lock", ["requirements/tools.lock", "package-lock.json"])
def test_locks_name_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "index-url" not in text
    assert "find-links" not in text
    assert '"resolved"' not in text
