"""Every task has its place in the list of surfaces: where hostile texts go through it, or why none.

What reads records, bugs, alarms, logs or answers gets the one set of hostile texts
(tests/hostile_records.py). A new task is in the list, or the first test fails.
"""

import base64
import importlib
import itertools
import json
from dataclasses import replace
from string import ascii_letters
from types import SimpleNamespace

import pytest
import yaml

from tests import hostile_records as hostile
from tests.conftest import DEEP, PROJECTS, slow, some
from tests.unit.test_records_are_data import TEXTS, assert_printable, typed
from tests.unit.triage.test_exports import write
from tocsin import config
from tocsin.attach import snippets
from tocsin.attach.additions import yaml_lines
from tocsin.attach.attaching import attaching
from tocsin.attach.blocks import Block
from tocsin.attach.found import FoundStack
from tocsin.cli.tasks import grouped
from tocsin.config.zero_code import zero_code_refusal

pytestmark = slow

STEP = 1 if DEEP else 40
"""Where each text is a task of its own, the fast suite types some."""

RECORDS = "tests.unit.test_records_are_data"
HERE = "tests.unit.test_hostile_surfaces"
WRITES = "writes files of the project, and reads no text of others"
OWN_TOOLS = "runs tools of the project, and shows what they print"
STAGE = "says what the project's own configuration says"

# A task: the tests that pass hostile texts through it, or why none can come to it.
TASKS: dict[str, tuple[str, ...] | str] = {
    "init": WRITES, "upgrade": WRITES, "render": WRITES, "package": WRITES, "release": WRITES,
    "docs": "prints the product's own pages",
    "permissions": STAGE, "stacks": STAGE, "cost": STAGE, "deploy": OWN_TOOLS, "remove": STAGE,
    "attach": (f"{HERE}.test_lines_for_functions_of_other_tools",
               "tests.unit.attach.test_hostile_templates.test_any_value_in_any_place_is_read_or_refused"),
    "check": (f"{RECORDS}.test_findings_are_a_line_each",),
    "test-alarms": (f"{RECORDS}.test_results_of_scenarios",
                    f"{RECORDS}.test_junit_is_xml_that_says_the_same"),
    "backtest": (f"{RECORDS}.test_the_page_of_a_backtest_has_the_elements_of_any_other",
                 f"{RECORDS}.test_the_table_of_a_backtest"),
    "smoke-test": (f"{RECORDS}.test_the_drill",),
    "alarms": (f"{RECORDS}.test_alarms_gives_their_reasons",),
    "alarms-mute": (f"{HERE}.test_rules_that_mute",),
    "invoke": (f"{HERE}.test_answers_of_functions",),
    "logs": (f"{HERE}.test_lines_of_logs",),
    "console": ("tests.unit.web.test_hostile_pages.test_each_bug_has_the_elements_of_any_other",
                "tests.unit.web.test_hostile_pages.test_the_list_has_the_elements_of_any_other",
                "tests.unit.web.test_export_console.test_hostile_records_are_texts"),
    "json-schema": "prints the product's own schemas",
    "errors": (f"{RECORDS}.test_errors_lists_them",),
    "errors-show": (f"{RECORDS}.test_errors_show_shows_each",
                    f"{RECORDS}.test_errors_show_shows_a_bug_and_git_is_asked_of_no_forged_release"),
    "errors-groups": (f"{RECORDS}.test_errors_groups_counts_them",
                      f"{HERE}.test_groups_and_questions_of_exports"),
    "errors-query": (f"{HERE}.test_groups_and_questions_of_exports",),
    "errors-tail": (f"{RECORDS}.test_errors_tail_gives_each_in_a_line",),
    "errors-import": (f"{RECORDS}.test_errors_import_takes_them_or_says_why_not",),
    "errors-redrive": (f"{HERE}.test_what_stopped_a_redrive",),
    "errors-repro": (f"{RECORDS}.test_errors_repro_says_of_a_forged_one_what_is_accepted",
                     "tests.unit.triage.test_repro_is_data.test_importing_and_running_it_runs_nothing_of_the_record"),
    "errors-export": (f"{HERE}.test_why_an_export_failed",),
    "bugs": (f"{RECORDS}.test_bugs_lists_them",),
    **dict.fromkeys(("errors-resolve", "errors-mute", "errors-note", "errors-diff"),
                    (f"{RECORDS}.test_decisions_on_them_and_their_releases",)),
    "local-start": STAGE, "local-stop": STAGE,
    "local-clock": (f"{HERE}.test_names_of_alarms_at_the_clock",),
    **dict.fromkeys(("lint", "format", "types", "test-unit", "test-integration", "test-e2e",
                     "test-mutations", "test", "test-deep", "lock", "vendor-web"), OWN_TOOLS),
}  # fmt: skip
# What no task prints.
OTHERS = {
    "messages": "tests.unit.notifier.test_hostile_texts."
    "test_a_hostile_text_is_shown_and_obeyed_by_nobody",
    "exports": "tests.unit.triage.test_exports.test_both_readers_find_the_same_of_hostile_records",
}


def test_every_task_has_its_place_and_every_place_its_test() -> None:
    tasks = {task.name.replace("_", "-") for tasks in grouped().values() for task in tasks}
    assert set(TASKS) == tasks
    named = [name for tests in TASKS.values() if isinstance(tests, tuple) for name in tests]
    for name in {*named, *OTHERS.values()}:
        module, _, function = name.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function, None)), name
    assert len(TEXTS) >= 60


@pytest.fixture
def task(capsys):
    """``task("logs", ...)``: what a task prints on stdout, printable in every line."""

    def run(*arguments: str, exit_code: int = 0) -> str:
        found = typed(*arguments)
        printed = capsys.readouterr()
        assert_printable(printed.out)
        assert_printable(printed.err)
        assert found == exit_code, printed.err
        return printed.out

    return run


@pytest.fixture
def service(monkeypatch):
    """``service(client)``: the account has this client, whatever is asked for."""

    def use(client) -> None:
        client.exceptions = SimpleNamespace(
            ResourceNotFoundException=LookupError, ConditionalCheckFailedException=KeyError
        )
        account = SimpleNamespace(region="us-east-1", local=None, client=lambda *_, **__: client)
        monkeypatch.setattr("tocsin.aws.account.of", lambda *_: account)

    return use


def test_lines_of_logs(service, task) -> None:
    events = [
        {"eventId": str(n), "timestamp": 1_795_000_000_000 + n, "logStreamName": text,
         "message": text}
        for n, text in enumerate(TEXTS)
    ]  # fmt: skip
    service(SimpleNamespace(filter_log_events=lambda **_: {"events": events}))
    assert task("logs", "-f", "orders").count("\n") == len(TEXTS)
    printed = task("logs", "-f", "orders", "--json").splitlines()
    assert [json.loads(line)["stream"] for line in printed] == [
        json.loads(json.dumps(text).encode("utf-8", "replace")) if text.isascii() else
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        for text in TEXTS
    ]  # fmt: skip


def test_answers_of_functions(service, task) -> None:
    for text in TEXTS[::STEP]:
        log = base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()
        answer = {"statusCode": 200, "body": text, text or "empty": [text]}
        payload = json.dumps({"errorMessage": text, "trace": answer}).encode()
        service(
            SimpleNamespace(
                invoke=lambda payload=payload, log=log, **_: {
                    "StatusCode": 200, "FunctionError": "Unhandled", "LogResult": log,
                    "Payload": SimpleNamespace(read=lambda *_: payload),
                }
            )
        )  # fmt: skip
        task("invoke", "-f", "orders", exit_code=1)
        found = json.loads(task("invoke", "-f", "orders", "--json", exit_code=1))
        assert found["payload"].keys() == {"errorMessage", "trace"}


def test_rules_that_mute(monkeypatch, service, task) -> None:
    service(SimpleNamespace())
    from tocsin.aws.alarm_muting import MuteState

    found = [MuteState(text, text, text, text, text, text, (text,), text) for text in TEXTS]
    monkeypatch.setattr("tocsin.aws.alarm_muting.mutes", lambda *_: found)
    task("alarms-mute")
    assert len(json.loads(task("alarms-mute", "--json"))) == len(TEXTS)


def test_groups_and_questions_of_exports(task, tmp_path) -> None:
    stored = [text.encode("utf-8", "replace").decode() for text in TEXTS]
    folder = write(
        tmp_path,
        *(
            hostile.record(text) | {"fingerprint": f"v1:{n:x}", "stage": text,
                                    "functionName": text or "f", "errorId": text or "e"}
            for n, text in enumerate(stored)
        ),
    )  # fmt: skip
    task("errors-groups", "--from", folder)
    groups = json.loads(task("errors-groups", "--from", folder, "--json"))
    assert sum(group["count"] for group in groups) == len(TEXTS)
    question = "SELECT error_message, stage, item FROM records"
    task("errors-query", question, "--from", folder)
    rows = json.loads(task("errors-query", question, "--from", folder, "--json"))["rows"]
    assert {row["stage"] for row in rows} == set(stored)
    for text in stored[::STEP]:
        task("errors-query", text or " ", "--from", folder, exit_code=2)


def test_what_stopped_a_redrive(monkeypatch, service, task) -> None:
    from tocsin.triage.redriving import Redriven

    service(SimpleNamespace())
    for text in TEXTS[::STEP]:
        stopped = Redriven(1, 2, text or "x")
        monkeypatch.setattr("tocsin.triage.redrive", lambda *_, said=stopped: said)
        task("errors-redrive", exit_code=1)


def test_why_an_export_failed(monkeypatch, service, task) -> None:
    reasons = itertools.cycle(TEXTS[::STEP])
    service(
        SimpleNamespace(
            describe_table=lambda **_: {"Table": {"TableArn": "arn:x"}},
            export_table_to_point_in_time=lambda **_: {"ExportDescription": {"ExportArn": "x"}},
            describe_export=lambda **_: {
                "ExportDescription": {
                    "ExportStatus": "FAILED", "FailureCode": next(reasons),
                    "FailureMessage": next(reasons),
                }
            },
        )
    )  # fmt: skip
    for _ in TEXTS[::STEP]:
        task("errors-export", "--bucket", "our-exports", exit_code=1)


def test_names_of_alarms_at_the_clock(monkeypatch, task) -> None:
    import datetime as dt

    from tocsin.local.clock import AlarmChange, ClockReading

    noon = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
    changes = tuple(AlarmChange(text, text, text, noon, text) for text in TEXTS)
    monkeypatch.setattr("tocsin.local.project.running", lambda *_: None)
    monkeypatch.setattr("tocsin.local.clock.read", lambda *_: ClockReading(noon, 1.0, changes))
    task("local-clock")
    assert len(json.loads(task("local-clock", "--json"))["changed"]) == len(TEXTS)


@pytest.fixture(scope="module")
def found():
    """Of projects of other tools: an offer, and functions that lack everything."""
    root = PROJECTS / "attached"
    looked = attaching(root, config.load(root, "dev"), drill=False, literal=False)
    needs = [need for snippets in looked.snippets for one in snippets for need in one.needs]
    return looked.offer, next(need for need in needs if need.function.is_python)


def test_lines_for_functions_of_other_tools(found) -> None:
    """A function's names and its handler are the template's, which is anybody's."""
    offer, need = found
    for text in some(sorted({text[:255] for text in TEXTS}), 3):  # CloudFormation's longest id
        function = replace(need.function, id=text, label=text, handler=text)
        one = replace(need, function=function, layer=True, permission=True, decorator=True,
                      variables={"ERROR_LOG_TABLE": "x"})  # fmt: skip
        stack = FoundStack("", "sam", (function,))
        (of_template,) = snippets._of_templates(stack, [one], offer)
        of_serverless = yaml_lines(snippets._serverless([one], offer, False, False))
        for lines in (of_template.lines, list(of_serverless)):
            assert_printable("\n".join(lines))
            assert isinstance(yaml.safe_load("\n".join(lines)), dict)
        assert_printable("\n".join(snippets._cdk([one], offer)))
        assert_printable(
            "\n".join(snippets._terraform([Block(one.function.id, one, ("x",))], offer))
        )
        for line in snippets._remarks([one, replace(one, elsewhere=True)], offer):
            assert line.startswith("#")
            assert_printable(line)


def test_a_handler_that_is_none_is_in_no_line(found) -> None:
    """Terraform and osls would evaluate ``${...}`` in a variable's value."""
    for text in ('${file("/etc/passwd")}.x', "%{if true}a.b%{endif}", *TEXTS):
        refused = zero_code_refusal("python3.13", text)
        assert refused or set(text) <= set("./_-") | set(ascii_letters)
    assert not zero_code_refusal("python3.13", "src/orders/app.lambda_handler")
    assert not zero_code_refusal("python3.13", "my-folder/app.Handler.run")
