"""No cadence escapes: what the compiled alarms make of calls from one a second to one a day.

The whole table of docs/alarms.md is behind ``TOCSIN_DEEP=1``; with ``TOCSIN_WRITE_DOCS=1`` beside
it the tables are written anew.
"""

import os
from dataclasses import replace

import pytest

from tests.conftest import DEEP, PROJECTS, ROOT, copy_project, deep, read_yaml, seldom, slow, some
from tests.unit.scenarios.cadence_table import (
    CADENCES,
    alarms_on,
    cells,
    rings_of_a_burst,
    tables,
)
from tocsin import config
from tocsin.check.scenarios import heartbeats, proven, seen_at_every_cadence
from tocsin.cloudformation.merged import read_whole
from tocsin.cloudformation.template import Template
from tocsin.findings import Severity
from tocsin.packaging.package import package
from tocsin.packaging.render import rendered
from tocsin.scenarios import alarms_of, prove
from tocsin.scenarios.cadence import Traffic, outage
from tocsin.scenarios.rare_failures import CallCadence, rare_failures

DOCS = ROOT / "docs" / "alarms.md"
BEGIN, END = "<!-- made by tests/unit/scenarios/test_cadence.py -->", "<!-- until here -->"


@pytest.fixture(scope="module")
def compiled_cadences(tmp_path_factory):
    project = copy_project(tmp_path_factory.mktemp("cadences") / "p", PROJECTS / "cadences")
    stage = config.load(project, "dev")
    if DEEP:
        return stage, read_whole(stage, package(project, stage).templates)
    # What osls takes into the template as it is; it adds nothing to alarms.
    return stage, Template(read_yaml(rendered(project, stage))["resources"])


@pytest.fixture(scope="module")
def alarms(compiled_cadences):
    found = alarms_of(compiled_cadences[1])
    # An event's rule is osls's own, and not there before it compiles.
    return found if DEEP else replace(found, dangling=())


def docs() -> str:
    return DOCS.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip()


QUICK_ONES = [
    cell
    for cell in cells()
    if cell.traffic.share == 1 and cell.words[0] in ("1 min", "10 min", "hourly, on schedule")
]


@pytest.mark.parametrize("cell", some(QUICK_ONES, 4), ids=lambda cell: " ".join(cell.words))
def test_a_row_of_the_table(cell, alarms) -> None:
    assert cell.row(alarms_on(alarms, cell.function)) in docs().splitlines()


@pytest.mark.skipif(not DEEP, reason="part of `invoke test-deep`")
def test_the_whole_table(alarms) -> None:
    made = tables(alarms)
    if os.environ.get("TOCSIN_WRITE_DOCS") == "1":
        text = DOCS.read_text(encoding="utf-8")
        before, after = text.split(BEGIN)[0], text.split(END)[1]
        DOCS.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")
    assert made == docs()


@pytest.mark.parametrize("retried", [False, True], ids=["once", "tried three times"])
@pytest.mark.parametrize(
    "every",
    seldom(
        [cadence for cadence in CADENCES.values() if cadence >= 60] if DEEP else [60, 240, 3_600], 3
    ),
)
def test_a_function_that_always_fails_is_in_alarm_by_its_third_failing_call(
    every, retried, alarms
) -> None:
    own = alarms_on(alarms, "uploads" if retried else "quick")
    good = max(3, 9_000 // every)
    found = outage(own, Traffic(every, good=good, bad=6, retried=retried))
    # With retries at one call a minute, four events have begun before three could have ended.
    assert found.failing_calls is not None
    assert found.failing_calls <= (4 if retried and every == 60 else 3)


@pytest.mark.parametrize("retried", [False, True], ids=["once", "tried three times"])
@pytest.mark.parametrize(
    "every",
    seldom(
        [cadence for cadence in CADENCES.values() if cadence >= 6] if DEEP else [60, 600, 3_600], 3
    ),
)
@pytest.mark.parametrize("seed", range(5 if DEEP else 1))
def test_one_stray_failure_rings_nothing(every, retried, seed, alarms) -> None:
    own = alarms_on(alarms, "uploads" if retried else "quick")
    good = max(3, 9_000 // every)
    after = max(4, 1_800 // every)
    traffic = Traffic(every, good=good, bad=1, after=after, retried=retried, seed=seed)
    assert outage(own, traffic).changes == 0


def test_a_burst_that_no_call_follows_rings_once_and_not_with_every_cut_of_the_windows(
    alarms,
) -> None:
    own = alarms_on(alarms, "quick")
    # What the same windows say where each period is either ill or well.
    plain = [
        replace(
            alarm,
            queries=tuple(
                replace(query, expression=query.expression.split(" / (")[0])
                if query.expression
                else query
                for query in alarm.queries
            ),
        )
        for alarm in own
    ]
    seeds = range(12)
    rings = [rings_of_a_burst(own, seed) for seed in seeds]
    cut = [rings_of_a_burst(plain, seed) for seed in seeds]
    assert sum(count > 1 for count in rings) * 3 <= sum(count > 1 for count in cut)
    assert all(here for here, before in zip(rings, cut, strict=True) if before), "none is missed"


def test_of_a_nightly_run_the_first_failure_is_a_ticket_and_the_third_at_most_a_page(
    alarms,
) -> None:
    last_run, runs = sorted(alarms_on(alarms, "nightly"), key=lambda alarm: alarm.period)
    assert (last_run.name, runs.name) == (
        "nightly-error-rate-last-run-alarm-dev",
        "nightly-error-rate-alarm-dev",
    )
    nights = Traffic(86_400, good=7, bad=4, after=2, retried=True)
    ticket, page = outage([last_run], nights), outage([runs], nights)
    assert (ticket.failing_calls, ticket.changes) == (1, 1)
    assert page.failing_calls is not None
    assert page.failing_calls <= 3
    one = replace(nights, bad=1, after=5)
    assert outage([runs], one).changes == 0


@deep
def test_the_shipped_alarms_miss_nothing(compiled_cadences, alarms) -> None:
    assert list(seen_at_every_cadence(compiled_cadences[0], alarms)) == []


@pytest.mark.parametrize(
    ("kind", "functions"),
    [
        ("-heartbeat-", {"hourly", "nightly"}),
        ("-async-events-dropped-", {"hourly", "nightly", "uploads"}),
        # Whose queue is in what osls makes of the event.
        pytest.param("-queue-age-", {"batches"}, marks=deep),
        ("-iterator-age-", {"batches", "bugs"}),
        ("-dead-letter-errors-", {"batches"}),
        ("-destination-failures-", {"batches"}),
        ("-durable-execution-failed-", {"batches"}),
    ],
)
def test_what_events_ask_for_passes_the_proofs_of_every_alarm(kind, functions, alarms) -> None:
    own = [alarm for alarm in alarms.metric if kind in alarm.name]
    assert {alarm.name.split("-")[0] for alarm in own} == functions
    assert prove(replace(alarms, metric=tuple(own), composite=())) == []


@slow
def test_an_alarm_on_the_last_run_alone_needs_no_other_calls(compiled_cadences, alarms) -> None:
    """One failure fires it, which is what it is for: no warning says so."""
    last_run = [alarm for alarm in alarms.metric if "-last-run-" in alarm.name]
    assert [alarm.name.split("-")[0] for alarm in last_run] == ["nightly"]
    own = replace(alarms, metric=tuple(last_run), composite=())
    assert [finding.rule for finding in prove(own)] == ["no-volume-guard"]
    assert list(proven(compiled_cadences[0], own)) == []
    tuned = replace(compiled_cadences[0], functions=())
    assert [finding.rule for finding in proven(tuned, own)] == ["no-volume-guard"]


def test_a_schedule_that_leaves_more_than_a_week_is_said_to_have_no_heartbeat(
    compiled_cadences,
) -> None:
    stage, _ = compiled_cadences
    weekly = ({"schedule": "cron(0 8 ? * MON *)"},)
    functions = tuple(replace(function, events=weekly) for function in stage.functions[:1])
    found = list(heartbeats(replace(stage, functions=functions)))
    assert [(finding.rule, finding.subject) for finding in found] == [
        ("no-heartbeat", functions[0].key)
    ]
    assert list(heartbeats(stage)) == []


@slow
@pytest.mark.parametrize(
    ("changed", "timeout", "called", "rule"),
    [
        # The first alarm alone: what is called every ten minutes has no two minutes in a row.
        ({"keep": (60,)}, 6, CallCadence(), "misses-rare-failures"),
        ({"keep": (60, 300)}, 6, CallCadence(), "misses-rare-failures"),
        ({"threshold": 100}, 6, CallCadence(), "misses-rare-failures"),
        # A time-out of 15 minutes is over when a window of five has gone by.
        ({"keep": (60, 300)}, 900, CallCadence((3_600,)), "window-below-timeout"),
        ({"keep": (60,)}, 900, CallCadence((240,)), "window-below-timeout"),
        # Known to be called each minute only, one alarm is enough.
        ({"keep": (60,)}, 6, CallCadence((60,)), None),
        ({}, 6, CallCadence(), None),
    ],
)
def test_edited_windows_are_found_out(changed, timeout, called, rule, alarms) -> None:
    own = [
        replace(alarm, threshold=changed.get("threshold", alarm.threshold))
        for alarm in alarms_on(alarms, "quick")
        if alarm.period in changed.get("keep", (60, 300, 900))
    ]
    name = "quick-function-dev"
    around = replace(alarms.surroundings, functions={name: timeout})
    found = list(
        rare_failures(replace(alarms, metric=tuple(own), surroundings=around), {name: called})
    )
    if rule is None:
        assert found == []
        return
    severity = Severity.ERROR if rule == "window-below-timeout" else Severity.WARNING
    assert (severity, rule, name) in {
        (finding.severity, finding.rule, finding.subject) for finding in found
    }


def test_a_function_without_alarms_on_errors_is_no_finding(alarms) -> None:
    assert list(rare_failures(replace(alarms, metric=()), {})) == []
