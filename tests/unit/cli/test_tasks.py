"""The tasks as typed: exit codes, and errors in words."""

import contextlib
import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
from unittest import mock

import pytest
from invoke import Config, Context, Program
from invoke.exceptions import Exit

from tests.aws_environment import forget_account
from tests.conftest import ROOT, seldom, slow
from tests.unit.backtest import fortnight
from tocsin.aws import alarm_states
from tocsin.aws.account import Account
from tocsin.backtest import save
from tocsin.cli.program import program
from tocsin.cli.session import Session
from tocsin.cli.task import _Failures
from tocsin.cli.tasks import grouped, namespace, watch
from tocsin.cloudwatch import alarm_to_api
from tocsin.config.assignment import CAPACITY
from tocsin.local import project as local_project


def invoke(project, *arguments, **environment):
    """The tasks of ``project`` as Invoke runs them, in this process."""
    out, err = io.StringIO(), io.StringIO()
    on_sigterm = signal.getsignal(signal.SIGTERM)
    with (
        mock.patch.dict(os.environ, environment),
        contextlib.chdir(project),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            Program(namespace=namespace(project)).run(["invoke", *arguments])
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
    signal.signal(signal.SIGTERM, on_sigterm)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def typed(project, *arguments):
    """``./inv`` in ``project``, without its check of what is installed."""
    program = "from tocsin.cli.program import program; program.run()"
    return subprocess.run(
        [sys.executable, "-c", program, "--search-root", project, *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "task", seldom(["render", "package", "deploy", "smoke-test", "alarms", "errors"], 3)
)
def test_an_unknown_stage_exits_2_names_the_known_ones_and_writes_nothing(project, task) -> None:
    done = invoke(project, task, "--stage", "qa")
    assert done.returncode == 2
    assert done.stderr.strip().endswith("found no stage 'qa'; accepted: local, dev, staging, prod")
    assert done.stdout == ""
    assert not (project / "build").exists()


@slow
def test_a_place_that_cannot_be_written_is_one_line(project) -> None:
    (project / "build").write_text("not a folder")
    done = invoke(project, "render")
    assert done.returncode == 2
    assert done.stderr == f"{project / 'build/dev'} cannot be used: Not a directory\n"
    assert done.stdout == ""


@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES])
def test_a_checkout_that_cannot_be_written_is_one_line_with_what_to_do(monkeypatch, error) -> None:
    monkeypatch.setattr(signal, "signal", lambda *handler: None)
    with pytest.raises(Exit) as ended, _Failures():
        raise OSError(error, os.strerror(error), "/shop/build")
    assert ended.value.code == 2
    assert f"{ended.value}" == (
        f"/shop/build cannot be used: {os.strerror(error)}; use a copy of the project that you may "
        "write"
    )


@pytest.mark.parametrize("task", seldom(["deploy", "smoke-test", "alarms", "errors", "remove"], 3))
def test_a_stage_on_aws_without_credentials_is_one_line_before_anything(project, task) -> None:
    bare = {name: "" for name in os.environ if name.startswith("AWS_")}
    bare |= {"HOME": str(project), "AWS_EC2_METADATA_DISABLED": "true"}
    done = invoke(project, task, "--stage", "dev", **bare)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "there are no credentials" in done.stderr
    assert not (project / "build").exists()


def test_render_prints_the_file_it_wrote(project) -> None:
    done = invoke(project, "render", "--stage", "prod")
    assert (done.returncode, done.stdout) == (0, "build/prod/serverless.yml\n")
    assert (project / "build" / "prod" / "serverless.yml").is_file()


def test_stacks_lists_the_stacks_of_a_stage_without_an_account(project) -> None:
    done = invoke(project, "stacks", "--stage", "dev")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["stack", "functions", "room"],
        ["tocsin-dev", "3", str(CAPACITY - 3)],
    ]
    (project / "stacks.lock.yml").write_text("payments: 2\n")
    found = json.loads(invoke(project, "stacks", "--stage", "dev", "--json").stdout)
    assert [(stack["stack"], stack["functions"]) for stack in found] == [
        ("tocsin-dev", ["orders", "notifications"]),
        ("tocsin-2-dev", ["payments"]),
        ("tocsin-summary-dev", []),
    ]


def test_an_unknown_function_lists_the_known_ones(project) -> None:
    done = invoke(
        project, "alarms", "--stage", "dev", "--function", "x",
        AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none",
    )  # fmt: skip
    assert done.returncode == 2
    assert "--function: found 'x'; accepted: orders, payments, notifications" in done.stderr


def test_a_protected_stage_is_removed_only_with_yes(project) -> None:
    done = invoke(
        project, "remove", "--stage", "prod",
        AWS_ACCESS_KEY_ID="none", AWS_SECRET_ACCESS_KEY="none",
    )  # fmt: skip
    assert done.returncode == 2
    assert "stage prod is protected" in done.stderr
    assert "--yes" in done.stderr


@slow
@pytest.mark.parametrize("task", ["smoke-test", "test-integration"])
def test_functions_of_a_protected_stage_are_not_made_fail_unasked(project, task) -> None:
    done = invoke(project, task, "--stage", "prod")
    assert done.returncode == 2
    assert "--wiring" in done.stderr
    assert "--yes" in done.stderr


@pytest.mark.parametrize("task", seldom(["smoke-test", "alarms", "errors", "local-clock"], 3))
def test_a_local_stage_that_is_not_running_says_how_to_start_it(project, task) -> None:
    arguments = () if task == "local-clock" else ("--stage", "local")
    done = invoke(project, task, *arguments)
    assert done.returncode == 1
    assert "`./inv local-start`" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--advance", "30d"), "--advance: found '30d'; accepted: at most 7d at once"),
        (("--stage", "dev"), "--stage: found 'dev', which is no local stage"),
    ],
)
def test_a_clock_that_cannot_be_turned_so_says_why(project, arguments, why) -> None:
    done = invoke(project, "local-clock", *arguments)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


@slow
def test_a_backtest_from_files_needs_no_account(project, tmp_path) -> None:
    save(tmp_path / "metrics.csv", fortnight.history())
    alarms = {"MetricAlarms": [alarm_to_api(fortnight.ERROR_RATE)]}
    (tmp_path / "alarms.json").write_text(json.dumps(alarms))
    page = tmp_path / "report.html"
    done = invoke(
        project, "backtest", "--stage", "dev", "--json", "--html", str(page),
        "--alarms", str(tmp_path / "alarms.json"), "--from", str(tmp_path / "metrics.csv"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)["alarms"]
    assert (report["alarm"], report["pages"]) == (fortnight.ERROR_RATE.name, 6)
    assert "<svg" in page.read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    seldom(
        [
            (("--days", "0"), "--days: found '0'; accepted: a whole number, 1 or more"),
            (("--pages-per-week", "many"), "--pages-per-week: found 'many'; accepted: a number"),
            (("--from", "none.csv"), "none.csv: found No such file"),
            (("--rendered", "--alarms", "x"), "--rendered and --alarms: found both"),
            (("--alarms", "nowhere.json"), "nowhere.json"),
            (("--from", "metrics"), "metrics: found no ending; accepted: .json, .csv, .parquet"),
            # Before anything is packaged or fetched, which may take minutes.
            (("--rendered", "--from", "metrics.md"), "metrics.md: found '.md'; accepted: .json"),
            (("--save", "metrics.txt"), "metrics.txt: found '.txt'; accepted: .json, .csv"),
            (("--save", "no/metrics.csv"), "--save: found 'no/metrics.csv'; accepted: a file in a"),
            (
                ("--html", "no/page.html"),
                "--html: found 'no/page.html'; accepted: a file in a folder",
            ),
        ],
        5,
    ),
)
def test_a_backtest_of_the_wrong_thing_says_so(project, options, message) -> None:
    files = () if {"--alarms", "--rendered"} & {*options} else ("--alarms", "alarms.json")
    (project / "alarms.json").write_text(
        json.dumps({"MetricAlarms": [alarm_to_api(fortnight.ERROR_RATE)]})
    )
    done = invoke(project, "backtest", "--stage", "dev", *files, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert "package" not in done.stderr


def test_a_suite_that_nobody_types_to_is_handed_no_input(project, monkeypatch) -> None:
    """The thread that hands it on ends in a traceback when Ctrl-C has closed the other end."""
    seen: list[object] = []
    monkeypatch.setattr(Context, "run", lambda self, line, **options: seen.append(options))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert invoke(project, "lint").returncode == 0
    assert seen
    assert all(options["in_stream"] is False for options in seen)


@pytest.mark.parametrize(
    ("task", "tool"), [("lint", "ruff"), ("format", "ruff"), ("test-unit", "pytest")]
)
def test_a_tool_that_only_a_project_installs_is_named(project, monkeypatch, task, tool) -> None:
    """A tocsin that pip installed by itself brings none of them."""
    (project / "tests" / "unit").mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = invoke(project, task)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"found no {tool} beside this tocsin; accepted: the same task by")


@pytest.mark.parametrize("task", seldom(["deploy", "smoke-test", "alarms", "errors"], 3))
def test_a_stage_typed_without_its_option_is_asked_after(project, task, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        program.run(["inv", "--search-root", str(project), task, "prod"])
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", f"{task}: found 'prod'; did you mean --stage prod?\n")


def test_without_a_stage_and_an_account_the_local_stage_that_runs_is_named(
    project, monkeypatch
) -> None:
    forget_account(monkeypatch)
    monkeypatch.setenv("HOME", str(project))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(local_project, "all_running", lambda root: ["local", "local-b"])
    context = Context(Config(namespace(project).configuration()))
    with pytest.raises(Exit, match=r"A local stage runs here: --stage local or --stage local-b$"):
        watch.alarms(context)
    with pytest.raises(Exit, match=r"there are no credentials.*use --stage local\)$"):
        watch.alarms(context, stage="dev")


@pytest.mark.parametrize(
    ("deployed", "code"), seldom([((), 1), (("one",), 0), (("one", "two"), 0)], 2)
)
def test_alarms_of_which_none_is_deployed_are_a_failure(
    project, monkeypatch, deployed, code
) -> None:
    def states(*_):
        return [
            alarm_states.AlarmState(
                "orders", "errors", name, "OK" if name in deployed else "NOT DEPLOYED", None, "", {}
            )
            for name in ("one", "two")
        ]

    monkeypatch.setattr(alarm_states, "states", states)
    monkeypatch.setattr(
        Session, "account", property(lambda _: mock.Mock(spec=Account, region="eu-west-1"))
    )
    done = invoke(project, "alarms", "--stage", "dev")
    assert done.returncode == code, done.stderr
    assert done.stdout.count("NOT DEPLOYED") == 2 - len(deployed)
    assert ("deploy --stage dev" in done.stderr) == (not deployed)


@slow
def test_the_list_has_every_task_once_in_its_group_in_whole_sentences(project) -> None:
    done = typed(project, "--list")
    for heading, tasks in grouped().items():
        assert f"\n{heading}\n" in done.stdout
        for task in tasks:
            (line,) = re.findall(
                rf"^  {task.name.replace('_', '-')} .*$", done.stdout, re.MULTILINE
            )
            assert line.endswith(".")
    assert typed(project).stdout.endswith(done.stdout)


@slow
def test_a_project_may_add_tasks_of_its_own(project) -> None:
    with (project / "tasks.py").open("a") as file:
        file.write(
            "\n\nfrom invoke import task\n\n\n@task\ndef greet(context):\n"
            '    """Say hello."""\n    print("hello")\n\n\nnamespace.add_task(greet)\n'
        )
    assert "\nThis project\n  greet  Say hello.\n" in typed(project, "--list").stdout
    assert typed(project, "greet").stdout == "hello\n"
