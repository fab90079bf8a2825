"""The command `tocsin`, and the tasks.py that hands its tasks to Invoke."""

import subprocess
import sys
from pathlib import Path

import pytest
from invoke import Collection, task

from tests.conftest import DEMO, ROOT, slow
from tocsin import product
from tocsin.cli import interruption
from tocsin.cli.command import main
from tocsin.cli.tasks import grouped
from tocsin.config.assignment import CAPACITY


def typed(monkeypatch: pytest.MonkeyPatch, folder: Path, *arguments: str) -> int:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["tocsin", *arguments])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        interruption.raises_again()  # pytest's own Ctrl-C
    return 0


def test_it_says_its_version_and_its_tasks_anywhere(monkeypatch, tmp_path, capsys) -> None:
    assert typed(monkeypatch, tmp_path, "--version") == 0
    assert capsys.readouterr().out == f"tocsin {product.version()}\n"
    assert typed(monkeypatch, tmp_path, "--list") == 0
    said = capsys.readouterr().out
    for tasks in grouped().values():
        for made in tasks:
            assert f"\n  {made.name.replace('_', '-')} " in said
    assert typed(monkeypatch, tmp_path, "--help", "deploy") == 0
    assert "Usage: tocsin [--core-opts] deploy" in capsys.readouterr().out


def test_the_project_is_the_nearest_upward_from_where_it_is_called(monkeypatch, capsys) -> None:
    assert typed(monkeypatch, DEMO / "functions" / "orders", "stacks") == 0
    assert capsys.readouterr().out.splitlines()[1].split() == ["tocsin-dev", "3", str(CAPACITY - 3)]


def test_outside_of_a_project_it_says_how_to_make_one(monkeypatch, tmp_path, capsys) -> None:
    assert typed(monkeypatch, tmp_path, "stacks") == 2
    assert capsys.readouterr().err == (
        f"found no monitoring.yml in {tmp_path} or a folder above it; accepted: a folder of a "
        "project; `tocsin init` makes one in an empty folder\n"
    )


def test_a_mistyped_line_is_answered_by_the_name_of_the_command(
    monkeypatch, tmp_path, capsys
) -> None:
    assert typed(monkeypatch, tmp_path, "errors-show") == 2
    assert "accepted: `tocsin errors-show ERROR_ID`" in capsys.readouterr().err
    assert typed(monkeypatch, DEMO, "errors", "prod") == 2
    assert "did you mean --stage prod?" in capsys.readouterr().err


@slow
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_what_completes_it(monkeypatch, tmp_path, capsys, shell) -> None:
    assert typed(monkeypatch, tmp_path, "--print-completion-script", shell) == 0
    assert "--complete -- " in capsys.readouterr().out
    assert typed(monkeypatch, tmp_path, "--complete", "--", "tocsin smoke-test --wir") == 0
    assert "--wiring" in capsys.readouterr().out.split()
    assert typed(monkeypatch, tmp_path, "--complete", "--", "tocsin dep") == 0
    assert "deploy" in capsys.readouterr().out.split()


@slow
def test_it_is_a_module_that_runs_too(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "--version"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"tocsin {product.version()}\n"


def test_each_tasks_py_has_the_tasks_of_its_own_folder(tmp_path) -> None:
    line = "from tocsin.tasks import namespace\n"
    found = []
    for name in ("a", "b"):
        file = tmp_path / name / "tasks.py"
        file.parent.mkdir()
        file.write_text(line)
        module = {"__file__": str(file)}
        exec(compile(line, str(file), "exec"), module)  # noqa: S102 - as Invoke loads it
        found.append(module["namespace"])
    first, second = found
    assert isinstance(first, Collection)
    assert first.configuration()["tocsin"]["root"] == str(tmp_path / "a")
    assert second.configuration()["tocsin"]["root"] == str(tmp_path / "b")
    first.add_task(task(lambda context: None), name="mine")
    assert "mine" not in second.task_names


def test_nothing_else_is_in_the_module_of_tasks() -> None:
    with pytest.raises(ImportError, match="namespaces"):
        from tocsin.tasks import namespaces  # noqa: F401
