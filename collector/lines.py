"""One log line -> what it says about an invocation, in Lambda's text and JSON log formats.

The platform writes about every invocation (REPORT, platform.report), about ends it saw (time-out,
exit) and about Init; the runtime writes about errors before and around the handler; errorlog
writes about records that are in no table. Everything else says nothing here.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from collector.batch import Line

# Of the runtime's own errors: those where the handler returned, or was not called at all, so
# that nothing inside the function saw them, and the REPORT may be an ordinary one.
AROUND_THE_HANDLER = frozenset(
    {
        "Runtime.LambdaContextUnmarshalError",
        "Runtime.MarshalError",
        "Runtime.UnmarshalError",
    }
)
# A Python module that raises while it is imported is reported under its exception's type. The
# runtime's importing is then the first frame; for what a handler raises it is the handler.
_IMPORTING = "in import_module"

_ID = r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_REPORT = re.compile(rf"REPORT RequestId: {_ID}\s")
_TIMED_OUT = re.compile(rf"\S{{1,64}} {_ID} (?P<text>Task timed out after [\d.]+ seconds)")
_ENDED = re.compile(
    rf"RequestId: {_ID} (?:Error: )?(?P<text>[^\n\r]+)"
    r"(?:[\n\r]+(?P<type>(?:Runtime|Sandbox|Extension|Function)\.[A-Za-z]+))?"
)
_OLD_ENDINGS = ("Runtime exited", "Process exited before completing request")
_RUNTIME_ERROR = re.compile(r"\[ERROR\] (?P<type>[A-Za-z_][\w.]*)(?:: (?P<text>[^\n\r]*))?")


@dataclass(frozen=True, slots=True)
class Report:
    """The platform's account of an invocation. Milliseconds, MB; None where it does not say.

    ``told_apart`` is whether the format keeps a handler's own exception apart from the
    platform's failures: text gives a status to the latter only.
    """

    at: int
    request_id: str
    status: str
    error_type: str = ""
    duration_ms: float | None = None
    memory_mb: int | None = None
    used_mb: int | None = None
    cold: bool = False
    trace_id: str = ""
    told_apart: bool = True

    @property
    def failed(self) -> bool:
        return self.status in ("timeout", "error", "failure")

    @property
    def memory_is_full(self) -> bool:
        return self.memory_mb is not None and (self.used_mb or 0) >= self.memory_mb


@dataclass(frozen=True, slots=True)
class Ended:
    """The platform ended the invocation, or saw the process end; ``text`` says how."""

    at: int
    request_id: str
    text: str
    error_type: str


@dataclass(frozen=True, slots=True)
class RuntimeFault:
    """The runtime could not start the handler, or not deal with what went in or came out.

    ``request_id`` is empty where the line has none: in the text format, and in Init.
    """

    at: int
    error_type: str
    message: str
    stack: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """errorlog recorded this invocation's end elsewhere than in the table, or counted it only."""

    at: int
    request_id: str


@dataclass(frozen=True, slots=True)
class InitFailed:
    """Init failed. It is no invocation, so no Error by itself: one that needs it follows."""

    at: int


Fact = Report | Ended | RuntimeFault | Recorded | InitFailed


def read(line: Line) -> Fact | None:
    """What ``line`` says, or None."""
    message = line.message.strip()
    if message.startswith("{"):
        try:
            said = json.loads(message)
        except ValueError:
            return None
        return _json(line.at, said) if isinstance(said, dict) else None
    return _text(line.at, message)


def _text(at: int, message: str) -> Fact | None:
    if match := _REPORT.match(message):
        return _report(at, match["id"], message)
    if message.startswith("INIT_REPORT"):
        return InitFailed(at) if "Status: " in message else None
    if match := _TIMED_OUT.match(message):
        return Ended(at, match["id"], match["text"], "Sandbox.Timedout")
    if match := _ENDED.match(message):
        text = match["text"].strip()
        if match["type"] or text.startswith(_OLD_ENDINGS):
            return Ended(at, match["id"], text, match["type"] or "Runtime.ExitError")
        return None
    if match := _RUNTIME_ERROR.match(message):
        # Lines of one event are separated by \r where the runtime cannot frame them, and
        # indented by no-break spaces so that nothing trims them.
        printed = message.replace("\r", "\n").replace("\u00a0", " ")
        stack = printed.partition("\n")[2].strip("\n")
        return _fault(at, match["type"], match["text"] or "", stack)
    return None


def _report(at: int, request_id: str, message: str) -> Report:
    fields = dict(_fields(message))
    return Report(
        at,
        request_id,
        status=fields.get("Status", ""),
        error_type=fields.get("Error Type", ""),
        duration_ms=_number(fields.get("Duration")),
        memory_mb=_whole(fields.get("Memory Size")),
        used_mb=_whole(fields.get("Max Memory Used")),
        cold="Init Duration" in fields,
        trace_id=fields.get("XRAY TraceId", ""),
    )


def _fields(message: str) -> Iterator[tuple[str, str]]:
    """``Duration: 3.21 ms`` and its like, which tabs and line ends keep apart."""
    for part in message.replace("\n", "\t").split("\t"):
        name, _, value = part.partition(": ")
        yield name.strip(), value.strip()


def _json(at: int, said: dict[str, Any]) -> Fact | None:
    kind, record = said.get("type"), said.get("record")
    if isinstance(record, dict) and isinstance(kind, str):
        return _platform(at, kind, record)
    for name in ("error_log_fallback", "error_log_suppressed"):
        record = said.get(name)
        if isinstance(record, dict) and record.get("handled") is not True:
            return Recorded(at, str(record.get("requestId", "")))
    if "errorType" in said and said.get("level") == "ERROR":
        stack = said.get("stackTrace")
        return _fault(
            at,
            str(said["errorType"]),
            str(said.get("errorMessage", "")),
            "".join(map(str, stack)).rstrip("\n") if isinstance(stack, list) else "",
            str(said.get("requestId", "")),
        )
    message = said.get("message")
    # Where the platform's sentences come wrapped.
    return _text(at, message) if isinstance(message, str) and "RequestId" in message else None


def _platform(at: int, kind: str, record: dict[str, Any]) -> Fact | None:
    status = str(record.get("status", ""))
    if kind in ("platform.initReport", "platform.initRuntimeDone"):
        return InitFailed(at) if status not in ("", "success") else None
    if kind != "platform.report":
        return None
    metrics = record.get("metrics")
    metrics = metrics if isinstance(metrics, dict) else {}
    tracing = record.get("tracing")
    header = str(tracing.get("value", "")) if isinstance(tracing, dict) else ""
    root = next((each[5:] for each in header.split(";") if each.startswith("Root=")), "")
    return Report(
        at,
        str(record.get("requestId", "")),
        status,
        error_type=str(record.get("errorType", "")),
        duration_ms=_number(metrics.get("durationMs")),
        memory_mb=_whole(metrics.get("memorySizeMB")),
        used_mb=_whole(metrics.get("maxMemoryUsedMB")),
        cold="initDurationMs" in metrics,
        trace_id=root,
        told_apart=False,
    )


def _fault(
    at: int, error_type: str, message: str, stack: str, request_id: str = ""
) -> RuntimeFault | None:
    """None for what a handler raised: that is errorlog's."""
    first_frame = next((each for each in stack.splitlines() if 'File "' in each), "")
    if error_type.startswith("Runtime.") or _IMPORTING in first_frame:
        return RuntimeFault(at, error_type, message, stack, request_id)
    return None


def _number(value: object) -> float | None:
    try:
        return float(str(value).split()[0])
    except (ValueError, IndexError):
        return None


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
