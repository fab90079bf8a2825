"""What is typed wrong is named with what is accepted, and exits 2; stdout stays empty."""

import os
import signal
import subprocess

import pytest

from tests.conftest import ROOT
from tocsin.cli.program import program

OPTIONS = "--function, --json, --limit, --region, --stage"


def typed(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        program.run(["inv", "--search-root", str(ROOT), *arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("errors --limt 5", f"errors: found --limt; accepted: {OPTIONS}"),
        ("errors -z", f"errors: found -z; accepted: {OPTIONS}"),
        ("errors --limit", "errors: found --limit without a value; accepted: one after it"),
        (
            "errors-show",
            "errors-show: found no ERROR_ID; accepted: `./inv errors-show ERROR_ID`",
        ),
        ("deplyo", "found 'deplyo'; accepted: a task: deploy, "),
        ("errors deplyo", "errors: found 'deplyo'; accepted: a task: deploy, "),
        ("--help deplyo", "found 'deplyo'; accepted: a task: deploy, "),
        (
            "--stage dev errors",
            "found --stage before any task; accepted: it after the task that it is for",
        ),
    ],
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


def test_who_stops_reading_gets_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [ROOT / "inv", "--list"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.stderr, done.returncode) == ("", 128 + signal.SIGPIPE)
