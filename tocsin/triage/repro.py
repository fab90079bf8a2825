"""A test that replays a recorded failure against the function's code in this checkout.

A record is data, whoever wrote it: anybody who can print a line that is imported, or put an item,
chooses its texts. What of it stands in the test is a literal of Python or a comment without
control characters; what names the file has a form.
"""

import os
import pprint
import re
from pathlib import Path

from tocsin.config import AttachedFunction, Function, Stage
from tocsin.config.osls_variables import has_variable
from tocsin.escaping import visible
from tocsin.exceptions import InputError
from tocsin.json_values import nests_deeper, plain
from tocsin.triage.forms import FORMS, formed
from tocsin.triage.record_reading import Record

Replayable = Function | AttachedFunction

FOLDER = Path("tests") / "repro"

# Python's parser ends at 200 brackets, DynamoDB's items at 32 levels.
_MAX_DEPTH = 64


class NotReplayable(InputError):
    """The record has no event to replay, or no function of this project to replay it on."""


def write_repro(root: Path, stage: Stage, record: Record, output: str = "") -> Path:
    """Write the test and return its path, ``tests/repro/test_<function>_<id>.py`` by default.

    ``output`` is a path below ``root``. Nothing is written through a symbolic link.

    Raises:
        NotReplayable: see there.
        MalformedRecord: a field that names something does not have its form.
        InputError: the file is there already, and may have been worked on; or it cannot be
            written.
    """
    function = _function(stage, record)
    source = repro(function, record, root).encode("utf-8")
    target = _target(root.resolve(), output, _file_name(function, record))
    shown = target.relative_to(root.resolve()).as_posix()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Exclusive: neither a file nor a link that is there, or comes meanwhile, is written to.
        with target.open("xb") as file:
            try:
                file.write(source)
            except OSError:
                target.unlink()
                raise
    except FileExistsError:
        raise InputError(f"{shown} exists; remove it, or name another file with --output") from None
    except (OSError, ValueError) as error:  # ValueError: a null or a lone surrogate in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{shown!r} cannot be written: {reason}") from error
    return target


def repro(function: Replayable, record: Record, root: Path = Path()) -> str:
    """The source of a test in the project ``root``.

    Raises:
        NotReplayable: see there.
        MalformedRecord: a field that names something does not have its form.
    """
    fields = {
        name: formed(record, name)
        for name in FORMS
        if name != "requestId" or name in record  # a call of nobody's, as in a test, has none
    }
    module, _, attribute = function.handler.rpartition(".")
    if nests_deeper(record["event"], _MAX_DEPTH):
        raise NotReplayable(f"{fields['errorId']}: its event nests deeper than {_MAX_DEPTH} levels")
    event = plain(record["event"])
    if "itemId" in record:
        event = {"Records": [event]}  # the record is about one item of a batch
    # What other stacks set in an environment may be secret, and is not known here.
    given = function.environment if isinstance(function, Function) else {}
    # What CloudFormation or osls puts in, only the deployed function knows.
    own = {
        name: value
        for name, value in given.items()
        if isinstance(value, str) and not has_variable(value)
    }
    environment = {"POWERTOOLS_SERVICE_NAME": function.key, **own}
    return _TEMPLATE.format(
        error_id=fields["errorId"],
        function=function.key,
        when=fields["timestamp"],
        fingerprint=repr(fields["fingerprint"]),
        folder=repr(_folder(root, function)),
        handler=_handler(function, module, attribute),
        request_id=repr(fields.get("requestId", "")),
        function_name=repr(function.name),
        arn=repr(f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}"),
        log_group=repr(f"/aws/lambda/{function.name}"),
        timeout_ms=int(function.timeout * 1000),
        memory=repr(str(function.memory)),
        note="" if isinstance(function, Function) else _VARIABLES_ELSEWHERE,
        environment=pprint.pformat(environment, width=96),
        event=pprint.pformat(event, width=96, sort_dicts=False),
        what=_comment(_one_line(f"{record.get('errorType')}: {record.get('errorMessage', '')}")),
        trace=_comment(str(record.get("stackTrace", ""))),
    )


def _target(root: Path, output: str, name: str) -> Path:
    """Where to write: below ``root`` also where folders on the way are symbolic links."""
    wanted = root / (output or FOLDER / name)
    try:
        target = wanted.parent.resolve() / wanted.name
    except (OSError, ValueError, RuntimeError):  # RuntimeError: links in a circle
        target = Path()
    if not output and target.parent != root / FOLDER:
        raise InputError(f"{FOLDER.as_posix()} is a link to elsewhere; name a file with --output")
    if not target.is_relative_to(root) or target == root or wanted.name == "..":
        raise InputError(f"--output: found {output!r}; accepted: a file below {root}")
    return target


def _handler(function: Replayable, module: str, attribute: str) -> str:
    """An expression for it; what errorlog.auto wraps when it is deployed is wrapped here."""
    own = f"getattr(importlib.import_module({module.replace('/', '.')!r}), {attribute!r})"
    if isinstance(function, AttachedFunction) and function.automatic:
        return f'importlib.import_module("errorlog").record_errors({own})'
    return own


def _folder(root: Path, function: Replayable) -> str:
    """The folder that the handler is named from, from the project's."""
    if isinstance(function, Function):
        return function.folder or f"functions/{function.key}"
    source = function.source
    assert source is not None  # noqa: S101 - _function has seen to it
    return Path(os.path.relpath(source, root)).as_posix()


def _function(stage: Stage, record: Record) -> Replayable:
    name, error_id = record.get("functionName"), formed(record, "errorId")
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
    for attached in stage.external_functions:
        if attached.name == name and isinstance(attached, AttachedFunction):
            if attached.source is None or not attached.handler:
                raise NotReplayable(
                    f"{error_id} is of {name}, whose code is not known here: `source` in its entry "
                    "of monitoring.yml is the folder that its handler is named from"
                )
            return attached
    raise NotReplayable(f"{error_id} is of {name}, which monitoring.yml does not have")


def _file_name(function: Replayable, record: Record) -> str:
    name = re.sub(r"\W", "_", function.key)
    return f"test_{name}_{formed(record, 'errorId').lower()}.py"


def _one_line(text: str) -> str:
    shown = " ".join(text.split())
    return shown if len(shown) <= 90 else shown[:87] + "..."


def _comment(text: str) -> str:
    # Tabs stay: tracebacks have them, and a comment may.
    return "\n".join(f"# {visible(line, keep=chr(9))}".rstrip() for line in text.splitlines())


_VARIABLES_ELSEWHERE = """\
# What its own stack sets is not known here, and may be secret: put in the variables that it reads.
"""

_TEMPLATE = '''"""Replays {error_id} of {function}, {when}.

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

ROOT = next(
    folder for folder in Path(__file__).resolve().parents if (folder / "monitoring.yml").is_file()
)
FUNCTION = ROOT / {folder}
SHARED = ROOT / "functions" / "_shared"
FINGERPRINT = {fingerprint}
{note}ENVIRONMENT = {environment}
EVENT = {event}
# As recorded:
{what}
#
{trace}


class SameFailure(Exception):
    """The recorded failure, again."""


def replay(capfd):
    """What the handler raises (None when it succeeds), and the records errorlog made of it."""
    context = SimpleNamespace(
        aws_request_id={request_id},
        function_name={function_name},
        function_version="$LATEST",
        invoked_function_arn={arn},
        memory_limit_in_mb={memory},
        log_group_name={log_group},
        log_stream_name="replay",
        get_remaining_time_in_millis=lambda: {timeout_ms},
    )
    raised = None
    try:
        {handler}(EVENT, context)
    except BaseException as error:
        raised = error
    # Without a table the records are in the log.
    said = capfd.readouterr().out.splitlines()
    return raised, [json.loads(line)["error_log_fallback"] for line in said if "_fallback" in line]


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
def test_the_recorded_failure_is_gone(capfd):
    raised, records = replay(capfd)
    if any(record["fingerprint"] == FINGERPRINT for record in records):
        raise SameFailure(FINGERPRINT) from raised
    if raised is not None:
        raise raised
'''
