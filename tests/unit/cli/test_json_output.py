"""What ``--json`` prints has its documented shape, and the shape's changes are seen."""

import datetime as dt
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from invoke import Collection
from pydantic import TypeAdapter, ValidationError

import errorlog
import tasks
from errorlog.printed_lines import FALLBACK
from tests import hostile_records as hostile
from tests.conftest import DEMO, PROJECTS, ROOT, slow
from tests.unit.backtest import fortnight
from tests.unit.backtest.fortnight import ERROR_RATE, LATENCY
from tocsin import config, triage
from tocsin.attach.attaching import attaching
from tocsin.aws.alarm_muting import MuteState
from tocsin.aws.alarm_states import NOT_DEPLOYED, AlarmState
from tocsin.aws.function_call import FunctionAnswer
from tocsin.aws.log_lines import LogLine
from tocsin.backtest import backtest
from tocsin.backtest.alarm_history import Lived
from tocsin.bugs import decisions
from tocsin.bugs.bug import Bug, Occurrence, happened, iso
from tocsin.cli import json_output
from tocsin.cli.program import program
from tocsin.cloudwatch import CompositeAlarm
from tocsin.cost.estimate import CostLine, Estimate
from tocsin.cost.prices import prices
from tocsin.drill.checks import Check, Kind, Link, Result
from tocsin.findings import Finding, Severity
from tocsin.json_values import json_text
from tocsin.local.clock import AlarmChange, ClockReading
from tocsin.scenarios import as_dict as scenario_results
from tocsin.scenarios.coverage import Unreached
from tocsin.scenarios.file_reading import Skipped
from tocsin.scenarios.loading import LoadedAlarms, RefusedAlarm
from tocsin.scenarios.scenario_runs import ScenarioOutcome, ScenarioReport
from tocsin.stacks import stacks_of
from tocsin.triage import view
from tocsin.triage.export_database import SqlAnswer
from tocsin.triage.importing import ImportOutcome, RefusedRecord

SCHEMAS = ROOT / "docs" / "schemas"
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
FINDINGS = [Finding(severity, "a/rule", "orders", "wrong") for severity in Severity]


def printed_tasks() -> set[str]:
    """Tasks that take --json."""
    found = Collection.from_module(tasks).tasks
    return {
        name for name, task in found.items()
        if any("json" in argument.names for argument in task.get_arguments())
    }  # fmt: skip


def records(capfd):
    """What errorlog itself writes: of a failed call, a failed item and a handled error."""

    @errorlog.record_errors
    def handler(event, context):
        errorlog.capture_exception(KeyError("sku"), order=7)
        errorlog.record_item_errors(fails)({"messageId": "m-1"})

    def fails(item):
        raise ValueError("no stock")

    context = SimpleNamespace(
        aws_request_id="r-1", function_name="orders-function-dev", function_version="$LATEST",
        log_group_name="/aws/lambda/orders-function-dev", log_stream_name="2026/11/23",
        memory_limit_in_mb="256", get_remaining_time_in_millis=lambda: 5_000,
    )  # fmt: skip
    with pytest.raises(ValueError, match="no stock"):
        handler({"quantity": 3}, context)
    lines = capfd.readouterr().out.splitlines()
    return [json.loads(line)[FALLBACK] for line in lines if FALLBACK in line]


def remembered() -> list[Bug]:
    """Bugs in each state, with all that may be known of one."""
    order = {"r1": "2026-11-01T00:00:00.000Z", "r2": "2026-11-20T00:00:00.000Z"}
    at = iso(NOON - dt.timedelta(hours=1))

    def failed(fingerprint: str, release: str, bug: Bug | None = None) -> Bug:
        about = {
            "error_type": "KeyError",
            "message": "'sku'",
            "top_frame": "stock.py:24 in reserve",
        }
        occurrence = Occurrence(fingerprint, at, "orders-function-dev", release, 2, "01X", **about)
        return happened(bug, [occurrence], order, NOON)

    one, two, three = failed("v1:aa", "r1"), failed("v1:bb", "r2"), failed("v1:cc", "r1")
    told = replace(one, notice=replace(one.notice, sent=at), carried_from=("v0:aa",))
    earlier = iso(NOON - dt.timedelta(days=2))
    return [
        decisions.noted(decisions.resolved(told, at, "ann", "r2"), at, "ann", "look"),
        decisions.muted(two, at, "bob", until=at, release="r3", failures=10),
        decisions.resolved(failed("v1:dd", "r2", failed("v1:dd", "r1")), at, "ann"),
        failed("v1:cc", "r2", decisions.resolved(three, earlier, "ann")),
    ]


def test_a_bug_and_its_newest_record_have_their_shape(capfd) -> None:
    record, bug = records(capfd)[0], triage.bug_dict(remembered()[0], NOON)
    commit = triage.SuspectCommit("0" * 40, "2026-11-20T00:00:00+01:00", "ann", "Reserve less")
    found = triage.Suspects("r1", "r2", ("functions/orders/stock.py",), (commit,)).as_dict()
    for detail in (
        {"bug": bug, "record": record, "suspects": found},
        {"bug": bug, "record": None, "suspects": triage.Suspects("", "r2", why="x").as_dict()},
    ):
        shape = TypeAdapter(json_output.OUTPUTS["errors-show"])
        shape.validate_json(json_text(detail), strict=True)


def samples(capfd):
    """An output of each task, made of what the task makes it of."""
    written = [*records(capfd), hostile.record("x") | {"suppressed": 3}]
    alarm = {"function": "orders", "kind": "latency", "name": "x", "definition": {}}
    stage_alarm = CompositeAlarm(name="orders-alarm-dev", rule=f'ALARM("{ERROR_RATE.name}")')
    replayed = backtest(
        LoadedAlarms(
            (ERROR_RATE, LATENCY), (stage_alarm,), (RefusedAlarm("other", ("no metric",)),)
        ),
        fortnight.history(),
        "Backtest of shop-dev",
        past=lambda name: Lived(fortnight.START, ()) if name == ERROR_RATE.name else None,
    )
    bill = CostLine("alarms", 3, "alarm", 0.1, "composite ones", 0.2)
    change = AlarmChange("orders-latency-alarm-dev", "OK", "ALARM", NOON, "crossed")
    outcomes = [
        ScenarioOutcome("a.yml", "calm", "x", "never fires", "OK", got, got == "OK", ("12:00 5",))
        for got in ("OK", "ALARM")
    ]
    bugs = remembered()
    lines = f'{{"{FALLBACK}":\nEND\n{json.dumps({FALLBACK: written[0]})}'
    damaged = triage.fallback_records(lines, dt.datetime.now(dt.UTC))
    return {
        "check": [finding.as_dict() for finding in FINDINGS],
        "test-alarms": scenario_results(
            ScenarioReport(
                tuple(outcomes),
                (Skipped("a.yml", 4, ("gone-function-dev",), 1, 3),),
                (Unreached("x", ("recovery",)),),
            ),
            FINDINGS,
        ),
        "smoke-test": Check(
            "orders", Kind.EXCEPTION, Link.RECORDED, Result.NOT_SHOWN, 1.25, "why"
        ).as_dict(),
        "stacks": [stack.as_dict() for stack in stacks_of(config.load(DEMO, "dev"))],
        "attach": attached(),
        "invoke": FunctionAnswer(200, "Unhandled", {"errorType": "KeyError"}, "END\n").as_dict(),
        "logs": LogLine("1", NOON, "2026/11/28/[$LATEST]a", "taken").as_dict(),
        "alarms": [
            AlarmState(**alarm, state="ALARM", since=NOON, reason="crossed").as_dict(),
            AlarmState(**alarm, state=NOT_DEPLOYED, since=None, reason="").as_dict(),
        ],
        "alarms-mute": [
            MuteState("n", "hand", "ACTIVE", "at(x)", "PT1H", "UTC", ("a",), "why").as_dict()
        ],
        "backtest": replayed.as_dict(),
        "cost": Estimate("tocsin-dev", "eu-west-1", prices(), (bill,), {"AWS::X::Y": 2}).as_dict(),
        "errors": written,
        "errors-show": written[0],
        "errors-tail": written[-1],
        "errors-groups": [
            replace(group, places=places).as_dict()
            for group in triage.group(written)
            for places in (None, (triage.TablePlace("123456789012", "us-east-1", "dev"),))
        ],
        "errors-query": SqlAnswer(("n",), ((1,),), more=False).as_dict(),
        "errors-import": view.imported(
            damaged, ImportOutcome(1, 0, (RefusedRecord("01X", "Item size has exceeded"),))
        ),
        "bugs": [triage.bug_dict(bug, NOON) for bug in bugs],
        **{
            f"errors-{verb}": triage.bug_dict(bugs[0], NOON) for verb in ("resolve", "mute", "note")
        },
        "errors-diff": triage.release_diff(bugs, "r1", "r2").as_dict(NOON),
        "errors-export": triage.Exported("s3://b/AWSDynamoDB/0", 1, 2, "arn:x").as_dict(),
        "local-start": {"endpoint": "http://127.0.0.1:4566", "environment": {"AWS_X": "y"}},
        "local-clock": ClockReading(NOON, 300.0, (change,)).as_dict(),
    }


def attached():
    """Of projects of other tools, on a stage that does not run."""
    root = PROJECTS / "attached"
    return attaching(root, config.load(root, "local"), drill=False, literal=False).as_dict()


def test_each_output_has_its_shape_and_each_key_is_seen(capfd) -> None:
    seen = samples(capfd)
    assert set(seen) == set(json_output.OUTPUTS)
    for record in seen["errors"][:-1]:
        assert set(record) <= set(json_output.RecordShape.__annotations__)
    for task, shape in json_output.OUTPUTS.items():
        TypeAdapter(shape).validate_json(json_text(seen[task]), strict=True)
        if task in ONE:
            continue
        unseen = properties_of(json_output.schema(task)) - keys_of(seen[task]) - ELSEWHERE
        assert unseen == set(), f"{task}: no output has {unseen}"


# One record, or one bug, which never has all keys.
ONE = ("errors-show", "errors-tail", "errors-resolve", "errors-mute", "errors-note")
# Of the collector's records, which are held to the shape where it makes them; of a new rule of
# fingerprints; of a function that asks for it.
ELSEWHERE = {"maxMemoryUsedMb", "unverified", "formerFingerprints", "logBefore"}


def keys_of(value) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def properties_of(schema) -> set[str]:
    if isinstance(schema, dict):
        own = schema.get("properties", {})
        return set(own).union(*map(properties_of, schema.values()))
    return set().union(*map(properties_of, schema)) if isinstance(schema, list) else set()


WRONG = [
    ("check", [{"severity": "fatal", "rule": "r", "subject": "s", "message": "m"}]),
    ("check", [{"severity": "error", "rule": "r", "subject": "s"}]),
    ("stacks", [{"stack": "s", "functions": ["f"], "room": "3"}]),
    ("stacks", [{"stack": "s", "functions": ["f"], "room": 3, "more": 1}]),
    ("errors-show", {"errorId": "01X", "timestamp": "t"}),
    ("errors-show", {"errorId": "01X", "timestamp": "t", "functionName": "f", "handled": "no"}),
]


@pytest.mark.parametrize(("task", "output"), WRONG)
def test_another_shape_is_noticed(task, output) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(json_output.OUTPUTS[task]).validate_json(json.dumps(output), strict=True)


def test_every_task_with_json_has_a_shape() -> None:
    assert printed_tasks() == set(json_output.OUTPUTS)


@pytest.mark.parametrize("task", json_output.OUTPUTS)
def test_the_schema_in_docs_is_that_of_the_shape(task) -> None:
    """Where this fails: `./inv json-schema TASK > docs/schemas/TASK.json`, and look at the change.

    A key that goes, or another type, takes the next ``VERSION`` and a line in the changelog.
    """
    file = SCHEMAS / f"{task}.json"
    assert json.loads(file.read_text(encoding="utf-8")) == json_output.schema(task)


def test_docs_have_no_schema_of_a_task_that_is_gone() -> None:
    found = {file.stem for file in SCHEMAS.glob("*.json")}
    assert found - {"bug-notice", "page"} == set(json_output.OUTPUTS)  # those are no task's
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    assert f"This is version {json_output.VERSION};" in page
    for task in json_output.OUTPUTS:
        assert f"(schemas/{task}.json)" in page


@slow
def test_a_reader_takes_further_keys() -> None:
    for task in json_output.OUTPUTS:
        assert '"additionalProperties": false' not in json.dumps(json_output.schema(task))


def typed(*arguments: str) -> int:
    try:
        program.run(["inv", "--search-root", str(DEMO), *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_the_task_prints_it(capfd) -> None:
    assert typed("json-schema", "errors-groups") == 0
    assert json.loads(capfd.readouterr().out) == json_output.schema("errors-groups")
    assert typed("json-schema", "deploy") == 2
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("found 'deploy'; accepted: a task with --json: check, ")
