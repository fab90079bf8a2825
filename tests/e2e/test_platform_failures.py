"""Functions that fail in every way there is, deployed for real: exactly one record each.

Some failures a handler sees and errorlog records; the others only the platform sees, and the
collector records them from the log; an exit is seen by both.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.conftest import Project, copy_project, free_port
from tests.e2e.failing_functions import UNSEEN
from tests.waiting import PATIENCE_S, until

CALM = "calm-function-local"  # one that never fails

HEAD = "import errorlog\n{imports}\n@errorlog.record_errors\ndef handler(event, context):\n"


def handler(*body: str, imports: str = "") -> str:
    return HEAD.format(imports=imports) + "".join(f"    {line}\n" for line in body)


@dataclass(frozen=True)
class Case:
    """A function that fails, and what its one record says."""

    code: str
    error_type: str
    source: str = "platform"
    message: str = ""
    settings: tuple[tuple[str, int], ...] = ()
    # What the text log format leaves out for errors around the handler.
    has_request_id: bool = True


CASES = {
    "raises": Case(
        handler('raise ValueError("no such order 81")'),
        "ValueError",
        source="handler",
        message="no such order 81",
    ),
    "hangs": Case(
        handler("time.sleep(60)", imports="import time\n"),
        "Sandbox.Timedout",
        message="Task timed out after 2.00 seconds",
        settings=(("timeout", 2),),
    ),
    "stubborn": Case(
        handler(
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
            "while True:",
            "    time.sleep(1)",
            imports="import signal\nimport time\n",
        ),
        "Sandbox.Timedout",
        message="Task timed out after 2.00 seconds",
        settings=(("timeout", 2),),
    ),
    "hungry": Case(
        handler(
            "held = []",
            "while True:",
            "    held.append(bytearray(b'x' * 8_000_000))",
            "    time.sleep(0.01)",
            imports="import time\n",
        ),
        "Runtime.OutOfMemory",
        message="128 of 128 MB used",
        settings=(("memory", 128), ("timeout", 20)),
    ),
    "unimportable": Case(
        handler("return 1", imports=UNSEEN),
        "Runtime.ImportModuleError",
        message="No module named 'nowhere_to_be_found'",
    ),
    "unconfigured": Case(
        handler("return 1", imports='import os\nTABLE = os.environ["NOT_SET"]\n'),
        "KeyError",
        message="NOT_SET",
    ),
    "exits": Case(
        handler("sys.exit(3)", imports="import sys\n"), "SystemExit", source="handler", message="3"
    ),
    "vanishes": Case(
        handler("os._exit(3)", imports="import os\n"),
        "Runtime.ExitError",
        message="Runtime exited with error: exit status 3",
    ),
    "unserialisable": Case(
        handler("return {1, 2}"),
        "Runtime.MarshalError",
        message="Unable to marshal response",
        has_request_id=False,
    ),
}


ANOTHERS = "8c1d2e3f-0000-4000-8000-000000000002"
# What another function answered and logged, printed in a call that succeeds.
QUOTED = (
    f'print("2026-11-23T14:00:03.001Z {ANOTHERS} Task timed out after 3.00 seconds")',
    f'print("RequestId: {ANOTHERS} Error: Runtime exited with error: exit status 1")',
    f'print("START RequestId: {ANOTHERS} Version: $LATEST")',
    f'print("END RequestId: {ANOTHERS}")',
    f'print("REPORT RequestId: {ANOTHERS}\\tDuration: 3000.00 ms\\tStatus: timeout")',
    "return 1",
)


@dataclass(frozen=True)
class Stage:
    project: Project
    request_ids: dict[str, str]
    first: tuple[dict[str, Any], ...] = ()
    """Every record once each function had been called once."""

    def first_of(self, key: str) -> list[dict[str, Any]]:
        name = f"{key}-function-local"
        return [record for record in self.first if record["functionName"] == name]

    def records(self, key: str) -> list[dict[str, Any]]:
        return self.project.json("errors", "--stage", "local", "--function", key)

    def collector_log(self) -> list[str]:
        pages = self.project.client("logs").get_paginator("filter_log_events")
        return [
            event["message"]
            for page in pages.paginate(logGroupName="/aws/lambda/collector-function-local")
            for event in page["events"]
        ]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The functions above, deployed, each called once, and the collector done with them."""
    root = copy_project(tmp_path_factory.mktemp("failures") / "a project")
    file = root / "monitoring.yml"
    declared = yaml.safe_load(file.read_text())
    declared["functions"] = {
        "calm": {},
        "quoting": {},
        **{k: dict(c.settings) for k, c in CASES.items()},
    }
    file.write_text(yaml.safe_dump(declared))
    for scenarios in (root / "tests" / "alarms").glob("*.yml"):
        scenarios.unlink()  # of the demo functions, which are not here
    succeeding = [("calm", handler("return 1")), ("quoting", handler(*QUOTED))]
    for key, code in [*succeeding, *((k, c.code) for k, c in CASES.items())]:
        folder = root / "functions" / key
        folder.mkdir()
        (folder / "handler.py").write_text(code)
    project = Project(root, free_port())
    try:
        project.invoke("deploy", "--stage", "local", "--no-smoke-test")
        client = project.client("lambda")

        def call(key: str) -> str:
            answer = client.invoke(FunctionName=f"{key}-function-local", Payload=json.dumps({}))
            assert ("FunctionError" in answer) == (key in CASES), answer["Payload"].read()
            return str(answer["ResponseMetadata"]["RequestId"])

        with ThreadPoolExecutor(4) as several:
            ids = dict(zip(CASES, several.map(call, CASES), strict=True))
        called = Stage(project, {**ids, "calm": call("calm"), "quoting": call("quoting")})
        wait_for_the_collector(called)
        yield replace(called, first=tuple(project.json("errors", "--stage", "local")))
    finally:
        project.invoke("local-stop", expect=None)


def wait_for_the_collector(stage: Stage) -> None:
    """Until it has said of each failure what became of it; of an exception it hears nothing."""
    expected = {key for key in CASES if key != "raises"}

    def done() -> bool:
        log = stage.collector_log()
        said = "\n".join(log)
        # Of what was only quoted it says nothing, but it has been called for it.
        called = sum(line.startswith("REPORT ") for line in log)
        return called > len(expected) and all(f'"{key}-function-local"' in said for key in expected)

    until(done, f"a word of the collector about each of {sorted(expected)}")


@pytest.mark.parametrize("key", CASES)
def test_a_failure_leaves_exactly_one_record(stage: Stage, key: str) -> None:
    case = CASES[key]
    (record,) = stage.first_of(key)
    assert (record["errorType"], record["source"]) == (case.error_type, case.source)
    assert case.message in record["errorMessage"]
    assert record["functionName"] == f"{key}-function-local"
    assert record["logGroup"] == f"/aws/lambda/{key}-function-local"
    assert record["fingerprint"].startswith("v1:")
    assert record["stage"] == "local"
    if case.has_request_id:
        assert record["requestId"] == stage.request_ids[key]


def test_an_exit_is_seen_by_both_and_recorded_by_the_handler(stage: Stage) -> None:
    (said,) = [line for line in stage.collector_log() if stage.request_ids["exits"] in line]
    assert json.loads(said)["message"] == "recorded already"


def test_a_failed_import_says_where(stage: Stage) -> None:
    (record,) = stage.first_of("unconfigured")
    assert record["topFrame"].endswith("handler.py:3 in <module>")
    assert "NOT_SET" in record["stackTrace"]
    assert record["coldStart"] is True


def test_a_call_that_succeeds_costs_the_collector_nothing(stage: Stage) -> None:
    assert stage.first_of("calm") == []
    called = [line for line in stage.collector_log() if line.startswith("START ")]
    # The exception of "raises" is errorlog's alone, and "calm" says nothing; "quoting" does.
    assert len(called) == len(CASES)


def test_what_another_function_said_is_no_failure_of_the_one_that_prints_it(stage: Stage) -> None:
    assert stage.first_of("quoting") == []


def test_the_collectors_own_log_is_not_subscribed(stage: Stage) -> None:
    answer = stage.project.client("logs").describe_subscription_filters(
        logGroupName="/aws/lambda/collector-function-local"
    )
    assert answer["subscriptionFilters"] == []


def test_each_failure_is_a_bug_of_its_own(stage: Stage) -> None:
    groups = stage.project.json("errors-groups", "--stage", "local", "--since", "1h")
    assert {tuple(group["functions"]) for group in groups} == {
        (f"{key}-function-local",) for key in CASES
    }
    assert {group["count"] for group in groups} == {1}


def test_a_record_is_shown_by_its_id(stage: Stage) -> None:
    (record,) = stage.first_of("hangs")
    shown = stage.project.invoke("errors-show", record["errorId"], "--stage", "local").stdout
    assert "Task timed out after 2.00 seconds" in shown
    assert record["logStream"] in shown
    done = stage.project.invoke("errors-show", "01NOSUCH", "--stage", "local", expect=2)
    assert "found no record '01NOSUCH'" in done.stderr


def test_a_recorded_exception_is_replayed_in_the_checkout(stage: Stage) -> None:
    (record,) = stage.first_of("raises")
    done = stage.project.invoke("errors-repro", record["errorId"], "--stage", "local")
    written = done.stdout.strip()
    assert written == f"tests/repro/test_raises_{record['errorId'].lower()}.py"
    said = run_pytest(stage.project, written)
    assert "1 xfailed" in said.stdout, said.stdout
    file = stage.project.root / "functions" / "raises" / "handler.py"
    buggy = file.read_text()
    file.write_text(buggy.replace("raise ValueError", "return str"))
    said = run_pytest(stage.project, written)
    file.write_text(buggy)
    assert "XPASS(strict)" in said.stdout, said.stdout


def run_pytest(project: Project, file: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", file],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_record_of_the_platform_has_no_event_to_replay(stage: Stage) -> None:
    (record,) = stage.first_of("hangs")
    done = stage.project.invoke("errors-repro", record["errorId"], "--stage", "local", expect=2)
    assert "does not have the event" in done.stderr


def test_logged_records_come_back_and_a_tail_sees_them(stage: Stage, tmp_path: Path) -> None:
    (record,) = stage.first_of("raises")
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    lost = record | {"errorId": "01LOSTANDFOUND", "timestamp": now, "functionName": CALM}
    file = tmp_path / "log.txt"
    file.write_text(f"START\n{json.dumps({'error_log_fallback': lost})}\nEND\n")
    with tail_of_calm(stage.project) as tailing:
        imported = [
            stage.project.json("errors-import", str(file), "--stage", "local") for _ in range(2)
        ]
        assert "01LOSTANDFOUND" in tailing.stdout.readline()
        tailing.send_signal(signal.SIGINT)
        assert tailing.wait(PATIENCE_S) == 0
    assert [(done["found"], done["written"]) for done in imported] == [(1, 1), (1, 0)]
    assert [(done["skipped"], done["damaged"]) for done in imported] == [(2, [])] * 2


def test_what_the_collector_cannot_write_waits_in_its_dead_letters(stage: Stage) -> None:
    client, queues = stage.project.client("lambda"), stage.project.client("sqs")
    queue = queues.get_queue_url(QueueName="collector-dead-letters-local")["QueueUrl"]
    with collector_without_rights(stage.project):
        answer = client.invoke(FunctionName="vanishes-function-local")
        request_id = answer["ResponseMetadata"]["RequestId"]
        (letter,) = until(
            lambda: queues.receive_message(QueueUrl=queue).get("Messages"), "the dead letter"
        )
        # Before anybody has mended anything, it is told so, and the letter stays.
        queues.change_message_visibility(
            QueueUrl=queue, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0
        )
        stage.project.invoke("errors-redrive", "--stage", "local", expect=1)
    done = stage.project.invoke("errors-redrive", "--stage", "local")
    assert done.stdout == "1 delivery taken by the collector\n"
    again = client.invoke(FunctionName="collector-function-local", Payload=json.dumps(_of(letter)))
    assert "FunctionError" not in again
    assert [record["requestId"] for record in stage.records("vanishes")].count(request_id) == 1


def _of(letter: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(letter["Body"])
    found: dict[str, Any] = body.get("requestPayload", body)
    return found


@contextmanager
def collector_without_rights(project: Project) -> Iterator[None]:
    iam, policy = project.client("iam"), {"RoleName": "collector-role-local"}
    policy["PolicyName"] = "error-log"
    document = iam.get_role_policy(**policy)["PolicyDocument"]
    iam.delete_role_policy(**policy)
    try:
        yield
    finally:
        iam.put_role_policy(**policy, PolicyDocument=json.dumps(document))


@contextmanager
def tail_of_calm(project: Project) -> Iterator[subprocess.Popen[str]]:
    """`errors-tail` under way: what is in the table from now on, it prints."""
    with subprocess.Popen(
        [sys.executable, "-m", "invoke", "errors-tail", "--stage", "local", "-f", "calm"],
        cwd=project.root,
        env={**os.environ, "TOCSIN_LOCAL_PORT": str(project.port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as tailing:
        try:
            assert tailing.stderr.readline() == "waiting for new records\n"
            yield tailing
        finally:
            tailing.kill()
