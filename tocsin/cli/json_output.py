"""What ``--json`` prints, task by task, and JSON Schemas made of it.

Within a version keys are added and never taken away, renamed or given another type; whatever
breaks a reader raises ``VERSION``. docs/json.md is for those who read it.
"""

from typing import Any

from pydantic import TypeAdapter

from tocsin.cli.json_shapes.alarm_shapes import AlarmShape, BacktestShape, CostShape, MuteShape
from tocsin.cli.json_shapes.bug_shapes import BugDetailShape, BugShape, ReleaseDiffShape
from tocsin.cli.json_shapes.check_shapes import AlarmTestsShape, DrillCheckShape, FindingShape
from tocsin.cli.json_shapes.local_stage import ClockShape, LocalStageShape
from tocsin.cli.json_shapes.record_shapes import (
    AnswerRowsShape,
    ExportShape,
    GroupShape,
    ImportShape,
    RecordShape,
)
from tocsin.cli.json_shapes.stacks import AnswerShape, AttachShape, LogLineShape, StackShape
from tocsin.exceptions import InputError

VERSION = 1

OUTPUTS: dict[str, Any] = {
    "check": list[FindingShape],
    "test-alarms": AlarmTestsShape,
    "smoke-test": DrillCheckShape,
    "stacks": list[StackShape],
    "attach": AttachShape,
    "invoke": AnswerShape,
    "logs": LogLineShape,
    "alarms": list[AlarmShape],
    "alarms-mute": list[MuteShape],
    "backtest": BacktestShape,
    "cost": CostShape,
    "errors": list[RecordShape],
    "errors-show": RecordShape | BugDetailShape,
    "errors-groups": list[GroupShape],
    "errors-tail": RecordShape,
    "errors-import": ImportShape,
    "bugs": list[BugShape],
    "errors-resolve": BugShape,
    "errors-mute": BugShape,
    "errors-note": BugShape,
    "errors-diff": ReleaseDiffShape,
    "errors-export": ExportShape,
    "errors-query": AnswerRowsShape,
    "local-start": LocalStageShape,
    "local-clock": ClockShape,
}
"""By task; those of ``errors-tail``, ``logs`` and ``smoke-test`` are each of their lines."""


def schema(task: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what ``task --json`` prints.

    Raises:
        InputError: the task prints no JSON.
    """
    if task not in OUTPUTS:
        raise InputError(f"found {task!r}; accepted: a task with --json: {', '.join(OUTPUTS)}")
    made = TypeAdapter(OUTPUTS[task]).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:tocsin:json:{VERSION}:{task}",
        **_for_readers(made),
    }


def _for_readers(value: Any) -> Any:
    """A schema that takes further keys, as this version may get some; no titles out of names."""
    if isinstance(value, list):
        return [_for_readers(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _for_readers(member)
        for name, member in value.items()
        # A property may have either name: its value is an object.
        if isinstance(member, dict) or name not in ("additionalProperties", "title")
    }
