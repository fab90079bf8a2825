"""One log line -> what it says about an invocation, in Lambda's text and JSON log formats.

The platform writes about every invocation (START, END, REPORT; platform.start, platform.report),
about ends it saw (time-out, exit) and about Init; the runtime writes about errors before and
around the handler; errorlog writes about records that are in no table. Everything else says
nothing here. That a line has such words does not make it the platform's: what becomes of it is
decided in failures.py.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

from __future__ import annotations

import math
import re
from typing import Any

from collector import json_text
from collector.batch import Line
from collector.log_facts import (
    Ended,
    Fact,
    Finished,
    InitFailed,
    RecordedElsewhere,
    Report,
    RuntimeFault,
    Started,
)
from errorlog.call_facts import MAX_NAME_CHARS
from errorlog.record import MAX_MESSAGE_CHARS, MAX_STACK_CHARS

# Of the runtime's own errors: those where the handler returned, or was not called at all, so
# that nothing inside the function saw them, and the REPORT may be an ordinary one.
AROUND_THE_HANDLER = frozenset(
    {
        "Runtime.LambdaContextUnmarshalError",
        "Runtime.MarshalError",
        "Runtime.UnmarshalError",
    }
)
FALLBACK, SUPPRESSED = "error_log_fallback", "error_log_suppressed"
# A Python module that raises while it is imported is reported under its exception's type. The
# runtime's importing is then the first frame; for what a handler raises it is the handler.
_IMPORTING = "in import_module"

_ID = r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_WHOLE_ID = re.compile(_ID)
_STARTED = re.compile(rf"START RequestId: {_ID} Version: \S{{1,128}}")
_FINISHED = re.compile(rf"END RequestId: {_ID}")
_REPORT = re.compile(rf"REPORT RequestId: {_ID}\s")
_TIMED_OUT = re.compile(
    rf"\S{{1,40}} {_ID} "
    r"(?P<text>Task timed out after (?P<seconds>\d{1,6}(?:\.\d{1,6})?) seconds)"
)
# The type is on a line of its own within the event. What a function prints cannot have that:
# Lambda makes an event of each line.
_ENDED = re.compile(
    rf"RequestId: {_ID} (?:Error: )?(?P<text>[^\n\r]{{1,65536}})"
    r"\n+(?P<type>(?:Runtime|Sandbox|Extension|Function)\.[A-Za-z]{1,64})"
)
_OLD_ENDING = re.compile(rf"RequestId: {_ID} (?P<text>Process exited before completing request)")
_RUNTIME_ERROR = re.compile(
    r"\[ERROR\] (?P<type>[A-Za-z_][\w.]{0,255})(?:: (?P<text>[^\n\r]{0,65536}))?(?=[\n\r]|$)"
)
_TYPE = re.compile(r"[A-Za-z_][\w.$:-]{0,255}")
_TRACE_ID = re.compile(r"[\w-]{1,128}")
_MAX_REPORT = 8_192
# No call takes a day, no function has a terabyte: what says so is not the platform's.
_MAX_NUMBER = 86_400_000.0


def read(line: Line) -> Fact | None:
    """What ``line`` says, or None."""
    message = line.message.strip()
    if message.startswith("{"):
        try:
            said = json_text.loads(message)
        except ValueError:
            return None
        return _json(line.at, said) if isinstance(said, dict) else None
    return _text(line.at, message)


def _text(at: int, message: str) -> Fact | None:
    if match := _STARTED.match(message):
        return Started(at, match["id"])
    if match := _FINISHED.match(message):
        return Finished(at, match["id"])
    if match := _REPORT.match(message):
        return _report(at, match["id"], message[:_MAX_REPORT])
    if message.startswith("INIT_REPORT"):
        return InitFailed(at) if "Status: " in message[:_MAX_REPORT] else None
    if match := _TIMED_OUT.match(message):
        return Ended(at, match["id"], match["text"], "Sandbox.Timedout", float(match["seconds"]))
    if match := _ENDED.match(message):
        return Ended(at, match["id"], _bounded(match["text"].strip()), match["type"])
    if match := _OLD_ENDING.match(message):
        return Ended(at, match["id"], match["text"], "Runtime.ExitError", after_report=True)
    if match := _RUNTIME_ERROR.match(message):
        # Lines of one event are separated by \r where the runtime cannot frame them, and
        # indented by no-break spaces so that nothing trims them.
        printed = message[match.end() : match.end() + 2 * MAX_STACK_CHARS]
        stack = printed.replace("\r", "\n").replace("\u00a0", " ").strip("\n")
        if match["type"] in AROUND_THE_HANDLER and "\n" not in message:
            return None  # printed: this one stands for itself, so words are not enough
        return _fault(at, match["type"], match["text"] or "", stack)
    return None


def _report(at: int, request_id: str, message: str) -> Report:
    fields: dict[str, str] = {}
    for part in message.replace("\n", "\t").split("\t"):
        name, colon, value = part.partition(": ")
        if colon:
            fields.setdefault(name.strip(), value.strip())
    return Report(
        at,
        request_id,
        status=fields.get("Status", "")[:32],
        error_type=_type(fields.get("Error Type", "")),
        duration_ms=_number(fields.get("Duration")),
        memory_mb=_whole(fields.get("Memory Size")),
        used_mb=_whole(fields.get("Max Memory Used")),
        cold="Init Duration" in fields,
        trace_id=_trace_id(fields.get("XRAY TraceId", "")),
    )


def _json(at: int, said: dict[str, Any]) -> Fact | None:
    # The platform's events have these three members; a line of the function's own that only
    # quotes one has more, for Lambda adds a level to it.
    if said.keys() == {"time", "type", "record"}:
        kind, record = said["type"], said["record"]
        if isinstance(kind, str) and isinstance(record, dict):
            return _platform(at, kind, record)
    for name in (FALLBACK, SUPPRESSED):
        record = said.get(name)
        if isinstance(record, dict) and record.get("handled") is not True:
            request_id = _request_id(record.get("requestId"))
            return RecordedElsewhere(at, request_id) if request_id else None
    if "errorType" in said and said.get("level") == "ERROR":
        stack = said.get("stackTrace")
        kind, request_id = _type(said["errorType"]), _request_id(said.get("requestId"))
        if kind in AROUND_THE_HANDLER and not request_id:
            return None  # printed: of a call, the runtime says which
        return _fault(
            at,
            kind,
            _scalar(said.get("errorMessage")),
            "".join(map(_scalar, stack)).rstrip("\n") if isinstance(stack, list) else "",
            request_id,
        )
    return _wrapped(at, said.get("message"))


def _wrapped(at: int, message: object) -> Fact | None:
    """Where a line of the platform's or of errorlog's comes as the message of another."""
    if isinstance(message, dict) and (FALLBACK in message or SUPPRESSED in message):
        return _json(at, {name: message[name] for name in message if name != "message"})
    if not isinstance(message, str):
        return None
    if message.startswith("{"):
        try:
            said = json_text.loads(message)
        except ValueError:
            return None
        return _wrapped(at, said)
    return _text(at, message) if "RequestId" in message else None


def _platform(at: int, kind: str, record: dict[str, Any]) -> Fact | None:
    status = _scalar(record.get("status"))[:32]
    if kind in ("platform.initReport", "platform.initRuntimeDone"):
        return InitFailed(at) if status not in ("", "success") else None
    request_id = _request_id(record.get("requestId"))
    if not request_id:
        return None
    if kind == "platform.start":
        return Started(at, request_id)
    if kind != "platform.report":
        return None
    metrics = record.get("metrics")
    metrics = metrics if isinstance(metrics, dict) else {}
    tracing = record.get("tracing")
    header = _scalar(tracing.get("value"))[:1_024] if isinstance(tracing, dict) else ""
    root = next((part[5:] for part in header.split(";") if part.startswith("Root=")), "")
    return Report(
        at,
        request_id,
        status,
        error_type=_type(record.get("errorType", "")),
        duration_ms=_number(metrics.get("durationMs")),
        memory_mb=_whole(metrics.get("memorySizeMB")),
        used_mb=_whole(metrics.get("maxMemoryUsedMB")),
        cold="initDurationMs" in metrics,
        trace_id=_trace_id(root),
        told_apart=False,
    )


def _fault(
    at: int, error_type: str, message: str, stack: str, request_id: str = ""
) -> RuntimeFault | None:
    """None for what a handler raised: that is errorlog's."""
    stack = stack[: 2 * MAX_STACK_CHARS]
    first_frame = next((line for line in stack.splitlines() if 'File "' in line), "")
    if error_type.startswith("Runtime.") or _IMPORTING in first_frame:
        return RuntimeFault(at, error_type, _bounded(message), stack, request_id)
    return None


def _bounded(message: str) -> str:
    return message[: 2 * MAX_MESSAGE_CHARS]


def _scalar(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _request_id(value: object) -> str:
    return value if isinstance(value, str) and _WHOLE_ID.fullmatch(value) else ""


def _type(value: object) -> str:
    match = _TYPE.match(value) if isinstance(value, str) else None
    return match[0][:MAX_NAME_CHARS] if match is not None else ""


def _trace_id(value: str) -> str:
    return value if _TRACE_ID.fullmatch(value) else ""


def _number(value: object) -> float | None:
    """None for what no call can have taken: nan, infinity, 1e300."""
    try:
        number = float(str(value)[:64].split()[0])
    except (ValueError, IndexError):
        return None
    return number if math.isfinite(number) and 0 <= number <= _MAX_NUMBER else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
