"""What is typed wrong is named with what is accepted, and exits 2; stdout stays empty."""

import os
import signal
import subprocess
import sys

import pytest
from invoke import Collection, task

from tests.conftest import DEMO, ROOT, seldom, slow
from tocsin.cli.program import Program, program

OPTIONS = (  # of the task errors
    "--fingerprint, --function, --json, --limit, --region, --release, --since, --stage, "
    "--text, --type"
)


def typed(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        program.run(["inv", "--search-root", str(DEMO), *arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("line", "message"),
    seldom(
        [
            ("errors --limt 5", f"errors: found --limt; accepted: {OPTIONS}"),
            ("errors -z", f"errors: found -z; accepted: {OPTIONS}"),
            ("errors --limit", "errors: found --limit without a value; accepted: one after it"),
            (
                "errors-show",
                "errors-show: found no ERROR_ID; accepted: `./inv errors-show ERROR_ID`",
            ),
            (
                "errors-diff",
                "errors-diff: found no BEFORE and no AFTER; accepted: `./inv errors-diff BEFORE AFTER`",  # noqa: E501
            ),
            (
                "alarms-mute --for",
                "alarms-mute: found --for without a value; accepted: one after it",
            ),
            (
                "backtest --pages-per-week",
                "backtest: found --pages-per-week without a value; accepted: one after it",
            ),
            ("remove --stage=", "remove: found an empty --stage; accepted: a value, or no --stage"),
            (
                "test-alarms --template x --parameter=",
                "test-alarms: found an empty --parameter; accepted: a value, or no --parameter",
            ),
            ("deplyo", "found 'deplyo'; accepted: a task: deploy, "),
            ("errors deplyo", "errors: found 'deplyo'; accepted: a task: deploy, "),
            ("errors orders", "errors: found 'orders'; did you mean --function orders?"),
            ("errors prod", "errors: found 'prod'; did you mean --stage prod?"),
            ("errors -- x", "found -- x; accepted: nothing after --"),
            ("--help deplyo", "found 'deplyo'; accepted: a task: deploy, "),
            (
                "--stage dev errors",
                "found --stage before any task; accepted: it after the task that it is for",
            ),
        ],
        4,
    ),
)
def test_a_mistyped_line_is_named_with_what_is_accepted(capsys, line, message) -> None:
    assert typed(*line.split()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(message)
    assert said.err.count("\n") == 1


def test_help_and_the_list_are_invokes_own(capsys) -> None:
    assert typed("--list") == 0
    assert "smoke-test" in capsys.readouterr().out
    assert typed("--help", "errors") == 0
    assert "Usage: inv [--core-opts] errors" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line", ["errors-import --help", "errors-show --help", "logs --help", "invoke --stage x --help",
             "errors-import a.log --help"]
)  # fmt: skip
def test_help_after_a_task_is_of_that_task(capsys, line) -> None:
    assert typed(*line.split()) == 0
    assert f"Usage: inv [--core-opts] {line.split()[0]}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "parsed"),
    [
        ("--help errors", {"errors"}),
        ("--help=errors", {"errors"}),
        ("errors --help", {"errors"}),
        ("errors --function deploy --limt", {"errors", "deploy"}),
        ("errors --limt 5", {"errors"}),
    ],
)
def test_only_what_a_line_names_is_parsed(capsys, line, parsed) -> None:
    """Where invoke makes its parser elsewhere, all of them are."""
    typed(*line.split())
    assert set(program.parser.contexts) == parsed


def test_a_shell_that_completes_a_line_has_all_of_them(capsys) -> None:
    typed("--complete", "--", "inv errors --")
    assert len(program.parser.contexts) > 40
    assert "--limit" in capsys.readouterr().out.splitlines()


def test_a_value_without_its_option_is_told_the_options(capsys) -> None:
    """As somebody types first of all: `tocsin init shop`."""
    assert typed("init", "shop") == 2
    said = capsys.readouterr().err
    assert said.startswith("init: found 'shop'; accepted: a task: ")
    assert said.endswith("; or a value behind its option: --folder, --service\n")


def test_a_page_is_printed_as_it_is_written(capsys) -> None:
    program.run(["inv", "--search-root", str(DEMO), "docs", "runbook"])
    assert capsys.readouterr().out == (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def test_an_empty_value_is_none(capsys) -> None:
    """As `--stage "$STAGE"` of a variable that is not set: no stage is meant by it."""
    assert typed("errors-show", "", "--stage", "dev") == 2
    said = "errors-show: found an empty ERROR_ID; accepted: `./inv errors-show ERROR_ID`\n"
    assert capsys.readouterr().err == said
    assert typed("deploy", "--stage", "") == 2
    assert capsys.readouterr().err.startswith("deploy: found an empty --stage; accepted: a value")


def test_ctrl_c_in_a_task_of_ones_own_says_so(capsys) -> None:
    @task
    def own(context: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        Program(binary="inv", namespace=Collection(own)).run(["inv", "own"])
    assert (capsys.readouterr().err, ended.value.code) == ("interrupted\n", 130)


@slow
def test_help_alone_is_the_list() -> None:
    """As ./inv calls it, whose tasks are read from disk."""
    done = subprocess.run(
        [ROOT / "inv", "--help"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: inv TASK [--options]; inv --help TASK for its options\n")
    assert "smoke-test" in done.stdout


@slow
def test_who_stops_reading_gets_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [ROOT / "inv", "--list"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.stderr, done.returncode) == ("", 128 + signal.SIGPIPE)


@slow
def test_who_stops_reading_a_tasks_result_gets_no_traceback_either() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", "from tocsin.cli.program import program; program.run()", "stacks"],
        stdout=writer, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    os.close(writer)
    assert (done.stderr, done.returncode) == ("", 128 + signal.SIGPIPE)


@slow
def test_a_bugs_traceback_is_text_as_well(tmp_path) -> None:
    (tmp_path / "tasks.py").write_text(
        "from invoke import task\n\n\n@task\ndef fails(_):\n"
        "    raise ValueError('\\x1b[2J\\u202e' + chr(0xD800))\n"
    )
    code = "from tocsin.cli.program import program; program.run(['inv', 'fails'])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.endswith("\nValueError: \\x1b[2J\\u202e\\ud800\n")
