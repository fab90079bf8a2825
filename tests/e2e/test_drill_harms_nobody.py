"""What a drill does to others on a stage that they use: nothing, and however it ends."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import DEEP, deep
from tests.e2e.conftest import Project
from tests.e2e.notice_evidence import why_told
from tests.e2e.people import AS_THE_STACK_MAKES_IT, people, told
from tests.waiting import PATIENCE_S, until
from tocsin.drill.checks import Stopwatch

FUNCTION = "orders-function-local"
_CALLERS, _CALLS_A_SECOND = 4, 20
_MOMENTS = 12
# What an update of a function or an alarm would change.
CHANGING = ("LastModified", "RevisionId")


@pytest.fixture(autouse=True)
def calm(deployed: Project) -> None:
    """Whatever the deploy, first data or another test has brought about has been told."""
    deployed.client("lambda").invoke(FunctionName=FUNCTION, Payload=b'{"simulate": "ok"}')
    deployed.invoke("local-clock", "--advance", "90m")


def checks(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def results(found: list[dict[str, Any]]) -> dict[tuple[str, str, str], str]:
    return {(check["function"], check["kind"], check["link"]): check["result"] for check in found}


def left_behind(project: Project) -> list[str]:
    """Whatever is on the stage that drills make."""
    queues = project.client("sqs").list_queues(QueueNamePrefix="drill-").get("QueueUrls", [])
    rules = project.client("cloudwatch").list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    subscriptions = project.client("sns").list_subscriptions()["Subscriptions"]
    return [
        *queues,
        *(rule["AlarmMuteRuleArn"] for rule in rules),
        *(
            subscription["Endpoint"]
            for subscription in subscriptions
            if ":drill-" in subscription["Endpoint"]
        ),
    ]


def hours_later(project: Project, hours: int = 2) -> None:
    """While live callers call: what alarms see of a drill only then, they have told by now."""
    for _ in range(6 * hours):
        project.client("lambda").invoke(FunctionName=FUNCTION, Payload=b'{"simulate": "ok"}')
        project.invoke("local-clock", "--advance", "10m")


ONE = ("smoke-test", "--stage", "local", "-f", "orders", "--json")
QUICK = ("--only", "exit,exception,throttle")


def test_who_is_subscribed_is_told_nothing_and_every_link_is_shown(deployed: Project) -> None:
    with people(deployed, **AS_THE_STACK_MAKES_IT) as url:
        found = results(checks(deployed.invoke(*ONE, *QUICK)))
        assert told(deployed, url) == []
        # The subscription works: a state that no drill has set is told.
        for state in ("ALARM", "OK"):
            deployed.client("cloudwatch").set_alarm_state(
                AlarmName="orders-latency-alarm-local", StateValue=state, StateReason="somebody"
            )
        assert any("orders-latency-alarm-local" in subject for subject in told(deployed, url))
    for link in ("raised", "recorded", "ALARM", "OK", "notified"):
        assert found["orders", "exception", link] == "passed", link
    for link in ("notified", "ALARM", "OK"):
        assert found["(stage)", "page", link] == "passed", link
    assert found["orders", "throttle", "notified"] == "passed"
    assert left_behind(deployed) == []


def test_wiring_tells_nobody_either(deployed: Project) -> None:
    with people(deployed, **AS_THE_STACK_MAKES_IT) as url:
        found = results(checks(deployed.invoke(*ONE, "--wiring")))
        assert told(deployed, url) == []
    assert set(found.values()) == {"passed"}
    assert left_behind(deployed) == []


def test_who_would_be_told_of_a_set_state_is_not_and_is_named(deployed: Project) -> None:
    """A subscription by hand, without the filter of those that the stack makes."""
    with people(deployed) as url:
        done = deployed.invoke(*ONE, "--wiring")
        assert told(deployed, url) == []
    wired = [check for check in checks(done) if check["kind"] in ("wiring", "page")]
    assert {check["result"] for check in wired} == {"not shown"}
    assert all(":people would be told" in check["detail"] for check in wired)


def test_who_asks_for_it_hears_that_a_drill_is_held(deployed: Project) -> None:
    before = (deployed.root / "monitoring.yml").read_text()
    deployed.replace("monitoring.yml", "\ndrill:\n", "\ndrill:\n  notify: true\n")
    try:
        with people(deployed, **AS_THE_STACK_MAKES_IT) as url:
            deployed.invoke(*ONE, "--wiring")
            subject = "DRILL on tocsin-local: a fire drill is held, nothing is wrong"
            assert told(deployed, url) == [subject, subject]
    finally:
        (deployed.root / "monitoring.yml").write_text(before)


def configurations(project: Project) -> dict[str, Any]:
    """All that decides what callers of a function get."""
    client = project.client("lambda")
    names = [function["FunctionName"] for function in client.list_functions()["Functions"]]
    return {
        name: (
            client.get_function_configuration(FunctionName=name)["RevisionId"],
            client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions"),
            len(client.list_versions_by_function(FunctionName=name)["Versions"]),
            client.list_aliases(FunctionName=name)["Aliases"],
        )
        for name in names
    }


@contextmanager
def live_callers(project: Project) -> Iterator[list[Any]]:
    """Twenty calls of a function a second all the while; the list has what was no success."""
    failed: list[Any] = []
    over = threading.Event()
    client = project.client("lambda")

    def call() -> None:
        while not over.wait(_CALLERS / _CALLS_A_SECOND):
            try:
                answer = client.invoke(FunctionName=FUNCTION, Payload=b'{"simulate": "ok"}')
                if "FunctionError" in answer:
                    failed.append(answer["Payload"].read())
            except Exception as error:
                failed.append(error)

    with ThreadPoolExecutor(_CALLERS) as pool:
        callers = [pool.submit(call) for _ in range(_CALLERS)]
        try:
            yield failed
        finally:
            over.set()
            for caller in callers:
                caller.result()


def begun(project: Project, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "invoke", *arguments],
        cwd=project.root,
        env={**os.environ, "TOCSIN_LOCAL_PORT": str(project.port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("after", [2, *((0, 6) if DEEP else ())])
def test_a_drill_that_is_killed_harms_nobody_and_the_next_one_clears_up(
    deployed: Project, after: int
) -> None:
    """``after`` so many of its checks, it is killed: no handler of a signal runs."""
    before = configurations(deployed)
    with people(deployed, **AS_THE_STACK_MAKES_IT) as url, live_callers(deployed) as failed:
        drill = begun(deployed, *ONE, *QUICK)
        assert drill.stdout is not None
        if after == 0:
            queues = deployed.client("sqs")
            until(lambda: queues.list_queues(QueueNamePrefix="drill-probe-").get("QueueUrls"))
            assert drill.poll() is None, "it ended before it could be killed"
        for _ in range(after):
            assert drill.stdout.readline()
        os.kill(drill.pid, signal.SIGKILL)
        drill.wait()
        assert configurations(deployed) == before
        deployed.invoke(*ONE, *QUICK)
        hours_later(deployed)
        assert told(deployed, url) == [], why_told(deployed, FUNCTION)
    assert failed == []
    assert configurations(deployed) == before
    assert left_behind(deployed) == []


def test_a_drill_that_is_killed_in_the_midst_of_its_failures_tells_nobody_if_none_follows(
    deployed: Project,
) -> None:
    """Its rules outlast whatever sees the failures, and end by themselves."""
    cloudwatch = deployed.client("cloudwatch")

    def goes_off() -> bool:
        names = [f"orders-{kind}-alarm-local" for kind in ("error-rate", "error-rate-5m")]
        alarms = cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        return any(alarm["StateValue"] == "ALARM" for alarm in alarms)

    with people(deployed, **AS_THE_STACK_MAKES_IT) as url:
        drill = begun(deployed, *ONE, *QUICK)
        until(goes_off)
        os.kill(drill.pid, signal.SIGKILL)
        drill.wait()
        hours_later(deployed, 4)
        assert told(deployed, url) == [], why_told(deployed, FUNCTION)
    rules = cloudwatch.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
    assert {rule["Status"] for rule in rules} == {"EXPIRED"}
    with people(deployed, **AS_THE_STACK_MAKES_IT):
        deployed.invoke(*ONE, *QUICK)
    assert left_behind(deployed) == []


@deep
def test_a_drill_may_be_killed_at_any_moment_of_its_run(deployed: Project) -> None:
    """Moments spread over the time that a drill takes here, which the first one tells."""
    before = configurations(deployed)
    killed = 0
    with people(deployed, **AS_THE_STACK_MAKES_IT) as url, live_callers(deployed) as failed:
        watch = Stopwatch()
        deployed.invoke(*ONE, *QUICK, expect=None)
        whole_s = watch.lap()
        for moment in range(1, _MOMENTS + 1):
            after_s = whole_s * moment / (_MOMENTS + 1)
            drill = begun(deployed, *ONE, *QUICK)
            try:
                drill.communicate(timeout=after_s)
            except subprocess.TimeoutExpired:
                drill.kill()
                drill.communicate()
                killed += 1
            assert configurations(deployed) == before, f"killed after {after_s:.1f} s"
            assert failed == [], f"killed after {after_s:.1f} s"
        assert killed, "each was over before it could be killed"
        # What the others left, the next one clears.
        deployed.invoke(*ONE, *QUICK, expect=None)
        hours_later(deployed)
        assert told(deployed, url) == [], why_told(deployed, FUNCTION)
    assert failed == []
    assert configurations(deployed) == before
    assert left_behind(deployed) == []


def test_an_interrupted_drill_says_what_it_has_and_leaves_no_probe(deployed: Project) -> None:
    drill = begun(
        deployed, "smoke-test", "--stage", "local", "-f", "orders", "--only", "success,timeout"
    )
    assert drill.stdout is not None
    lines = [drill.stdout.readline() for _ in range(2)]
    assert lines[1].startswith("orders")
    drill.send_signal(signal.SIGTERM)
    out, err = drill.communicate(timeout=PATIENCE_S)
    assert drill.returncode == 130
    assert out.splitlines()[-1] == "1 passed, 0 failed"
    assert "interrupted" in err
    assert left_behind(deployed) == []


def test_a_drill_that_runs_out_of_time_says_so(deployed: Project) -> None:
    done = deployed.invoke(
        *("smoke-test", "--stage", "local", "-f", "orders", "--only", "success,timeout"),
        *("--limit", "2s"),
        expect=1,
    )
    assert "limit was reached" in done.stderr
    assert left_behind(deployed) == []
