"""A test that replays a recorded failure against the function's code in this checkout."""

import pprint
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from tocsin.config import Function, Stage
from tocsin.error_log.reading import Record
from tocsin.exceptions import InputError

FOLDER = Path("tests") / "repro"


class NotReplayable(InputError):
    """The record has no event to replay, or no function of this project to replay it on."""


def write_repro(root: Path, stage: Stage, record: Record, output: str = "") -> Path:
    """Write the test and return its path, ``tests/repro/test_<function>_<id>.py`` by default.

    ``output`` is a path below ``root``.

    Raises:
        NotReplayable: see there.
        InputError: the file is there already, and may have been worked on.
    """
    function = _function(stage, record)
    text = repro(function, record)
    target = (root / (output or FOLDER / _file_name(function, record))).resolve()
    if not target.is_relative_to(root.resolve()):
        raise InputError(f"--output: found {output!r}; accepted: a file below {root}")
    if target.exists():
        shown = target.relative_to(root.resolve()).as_posix()
        raise InputError(f"{shown} exists; remove it, or name another file with --output")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def repro(function: Function, record: Record) -> str:
    """The test's source."""
    module, _, attribute = function.handler.rpartition(".")
    event = plain(record["event"])
    if "itemId" in record:
        event = {"Records": [event]}  # the record is about one item of a batch
    return _TEMPLATE.format(
        error_id=record["errorId"],
        function=function.key,
        when=record["timestamp"],
        what=_one_line(f"{record['errorType']}: {record.get('errorMessage', '')}"),
        fingerprint=str(record["fingerprint"]),
        folder=f"functions/{function.key}",
        module=module.replace("/", "."),
        attribute=attribute,
        request_id=str(record.get("requestId", "")),
        function_name=function.name,
        timeout_ms=function.timeout * 1000,
        memory=str(function.memory),
        environment=pprint.pformat(
            {"POWERTOOLS_SERVICE_NAME": function.key, **function.environment}, width=96
        ),
        event=pprint.pformat(event, width=96, sort_dicts=False),
        trace=_commented(str(record.get("stackTrace", ""))),
    )


def plain(value: Any) -> Any:
    """``value`` with DynamoDB's Decimal as int or float."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value


def _function(stage: Stage, record: Record) -> Function:
    name, error_id = record["functionName"], record["errorId"]
    if record.get("source") == "platform":
        raise NotReplayable(
            f"{error_id} ({record.get('errorType')}) was recorded from the platform's log, which "
            "does not have the event"
        )
    if "event" not in record:
        raise NotReplayable(f"{error_id} has no event: the handler keeps it out of its records")
    for function in stage.functions:
        if function.name == name:
            return function
    raise NotReplayable(f"{error_id} is of {name}, which monitoring.yml does not have")


def _file_name(function: Function, record: Record) -> str:
    name = re.sub(r"\W", "_", function.key)
    return f"test_{name}_{str(record['errorId']).lower()}.py"


def _one_line(text: str) -> str:
    shown = " ".join(text.split()).replace("\\", "/").replace('"""', "'''")
    return shown if len(shown) <= 90 else shown[:87] + "..."


def _commented(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())


_TEMPLATE = '''"""Replays {error_id} of {function}, {when}:

{what}

While the bug is there, pytest reports `xfailed`: the handler fails with the same fingerprint.
Once it is fixed, the test fails with XPASS: take the mark away, and keep it against its return.
Another failure than the recorded one fails at once. The event is redacted; where the failure
hangs on a hidden value or on another service, put in what it takes.
"""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = next(each for each in Path(__file__).resolve().parents if (each / "errorlog").is_dir())
FUNCTION = ROOT / "{folder}"
SHARED = ROOT / "functions" / "_shared"
FINGERPRINT = "{fingerprint}"
ENVIRONMENT = {environment}
EVENT = {event}
# As recorded:
{trace}


class SameFailure(Exception):
    """The recorded failure, again."""


def replay(capsys):
    """What the handler raises (None when it succeeds), and the records errorlog made of it."""
    context = SimpleNamespace(
        aws_request_id="{request_id}",
        function_name="{function_name}",
        function_version="$LATEST",
        invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:{function_name}",
        memory_limit_in_mb="{memory}",
        log_group_name="/aws/lambda/{function_name}",
        log_stream_name="replay",
        get_remaining_time_in_millis=lambda: {timeout_ms},
    )
    raised = None
    try:
        importlib.import_module("{module}").{attribute}(EVENT, context)
    except BaseException as error:
        raised = error
    # Without a table the records are in the log.
    said = capsys.readouterr().out.splitlines()
    return raised, [json.loads(each)["error_log_fallback"] for each in said if "_fallback" in each]


@pytest.fixture(autouse=True)
def as_on_lambda(monkeypatch):
    """The function's own modules and environment; no store, and nobody's AWS account."""
    for folder in (ROOT, SHARED, FUNCTION):
        monkeypatch.syspath_prepend(str(folder))
    own = {{file.stem for folder in (SHARED, FUNCTION) for file in folder.glob("*.py")}}
    for name in own:
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LAMBDA_TASK_ROOT", str(FUNCTION))
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "replay")
    monkeypatch.delenv("ERROR_LOG_TABLE", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield
    for name in own:
        sys.modules.pop(name, None)


@pytest.mark.xfail(raises=SameFailure, strict=True, reason="not fixed yet")
def test_the_recorded_failure_is_gone(capsys):
    raised, records = replay(capsys)
    if any(record["fingerprint"] == FINGERPRINT for record in records):
        raise SameFailure(FINGERPRINT) from raised
    if raised is not None:
        raise raised
'''
