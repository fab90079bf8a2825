"""Four projects as other teams write them, without a line about the drill: its tables are true.

Behind an API, queues, schedules and a bucket; routers, classes, inherited and re-exported handlers,
packages, batches, and a function of another stack. Each cell of the drill is held against what the
stage says of it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.conftest import PROJECTS, copy_project, deep
from tests.e2e.conftest import Project, free_port
from tests.e2e.drill_evidence import SAID, SHOWN, SUFFIX, Evidence, disagreements
from tests.e2e.other_stack import deploy_elsewhere
from tests.waiting import until
from tocsin import config, names

pytestmark = deep

ELSEWHERE = "legacy-digest"
ELSEWHERE_CODE = 'def handler(event, context):\n    return "digest of " + event["time"]\n'
FUNCTIONS = {
    "bookings": {"rooms", "cancellations"},
    "shipping": {"labels", "ledger"},
    "reports": {"figures", ELSEWHERE},
    "pictures": {"thumbnails", "captions"},
}
# What answers report as failures, of those whose callers read that.
ANSWERS = {"rooms", "cancellations", "labels"}
# Of a function that nobody calls: its alarms' states are set, and its log is looked at.
SHOWN_ELSEWHERE = {
    "import-error": {"subscribed"},
    "exception": {"notified"},
    "latency": {"notified"},
    "throttle": {"notified"},
    "wiring": {"notified"},
}


@dataclass(frozen=True)
class Drilled:
    project: Project
    table: list[dict[str, Any]]
    evidence: dict[str, Evidence]

    def why(self, function: str, kind: str) -> list[str]:
        """What the drill says of the cells of a row that did not pass."""
        return [
            f"{check['function']} {kind} {check['link']} {check['result']}: {check['detail']}"
            for check in self.table
            if (check["function"], check["kind"]) == (function, kind) and check["detail"]
        ]

    def passed(self, function: str, kind: str) -> set[str]:
        return {
            check["link"]
            for check in self.table
            if (check["function"], check["kind"], check["result"]) == (function, kind, "passed")
        }


@pytest.fixture(scope="module", params=FUNCTIONS)
def drilled(request, tmp_path_factory) -> Iterator[Drilled]:
    root = copy_project(
        tmp_path_factory.mktemp("foreign") / request.param, PROJECTS / request.param
    )
    assert "drill" not in (root / "monitoring.yml").read_text()
    project = Project(root, free_port())
    try:
        if ELSEWHERE in FUNCTIONS[request.param]:
            project.invoke("local-start")
            deploy_elsewhere(project, ELSEWHERE, ELSEWHERE_CODE)
        project.invoke("deploy", "--stage", SUFFIX, "--no-smoke-test")
        done = project.invoke("smoke-test", "--stage", SUFFIX, "--json")
        table = [json.loads(line) for line in done.stdout.splitlines()]
        evidence = {
            function.key: Evidence(project, function.key, function.name)
            for function in config.load(root, SUFFIX).watched
        }
        evidence["(stage)"] = Evidence(project, names.DRILL, names.function(names.DRILL, SUFFIX))
        # The drill does not wait for the record of a call that was to fill its memory and whose
        # time was over first.
        for function in evidence.values():
            until(lambda function=function: replace(function).timed_out_recorded)
        yield Drilled(project, table, evidence)
    finally:
        project.invoke("local-stop", expect=None)


def test_each_cell_agrees_with_what_the_stage_says(drilled: Drilled) -> None:
    assert disagreements(drilled.table, drilled.evidence) == []


def test_whatever_can_be_shown_of_a_function_is(drilled: Drilled) -> None:
    for key in drilled.evidence.keys() - {"(stage)"}:
        for kind, links in (SHOWN_ELSEWHERE if key == ELSEWHERE else SHOWN).items():
            if kind == "memory" and len(drilled.evidence[key].timed_out) > 1:
                links = set()  # on a machine so busy that the time was over first
            assert drilled.passed(key, kind) == links, drilled.why(key, kind)
        for kind in ("answer", "items"):
            wanted = {"answered", "recorded"} if key in ANSWERS else set()
            assert drilled.passed(key, kind) == wanted, drilled.why(key, kind)


def test_no_handler_gets_an_event_that_it_does_not_know(drilled: Drilled) -> None:
    types = {error_type for _, error_type in SAID.values()}
    for key, evidence in drilled.evidence.items():
        if key == ELSEWHERE:
            assert evidence.log == {}
            continue
        recorded = set().union(*evidence.records.values()) if key != "(stage)" else set()
        assert recorded <= types, key
        assert "Error: " not in "".join(
            text
            for text in evidence.log.values()
            if not any(said in text for said, _ in SAID.values())
        )
