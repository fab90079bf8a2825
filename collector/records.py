"""A failure as a record of the error log: the fields that errorlog's own records have."""

from __future__ import annotations

import hashlib
import re

from collector.batch import Batch
from collector.failures import TIMED_OUT, Failure
from collector.log_facts import Ended, Fact, Report, RuntimeFault
from collector.moments import iso, made_id
from errorlog.fingerprint import VERSION, message_shape
from errorlog.patterns import patterns
from errorlog.record import MAX_EVENT_CHARS, MAX_MESSAGE_CHARS, MAX_STACK_CHARS, Record
from errorlog.redaction import Sanitiser
from errorlog.settings import Settings

_DAY_S = 86_400
_FRAME = re.compile(
    r'File "(?P<path>[^"\n]{1,1024})",? [Ll]ine (?P<line>\d{1,9})'
    r"(?:, in (?P<function>\S{1,256}))?"
)
_TASK_ROOT = "/var/task/"
# What pip installs beside the team's modules is found in no traceback of the runtime's by name;
# these folders are.
_NOT_OURS = ("site-packages", "/var/lang/", "/var/runtime/", "/opt/", "<frozen")


def record(failure: Failure, batch: Batch, settings: Settings) -> Record:
    """The record of ``failure``, redacted and bounded.

    Every field follows from the log alone, so that the same lines give the same record.
    """
    sanitiser = Sanitiser(patterns(settings.redact_keys, settings.redact_emails), MAX_EVENT_CHARS)
    # What was cut before, and has a marker at its end, is not cut again.
    message = sanitiser.text(failure.message, MAX_MESSAGE_CHARS)
    stack = sanitiser.stack(failure.stack, MAX_STACK_CHARS)
    report = failure.report
    made: Record = {
        "errorId": error_id(failure, batch),
        "timestamp": iso(failure.at),
        "functionName": batch.function_name,
        "functionVersion": batch.function_version,
        "requestId": failure.request_id,
        "errorType": failure.error_type,
        "errorMessage": message,
        "stackTrace": _printed(failure.error_type, message, stack),
        "topFrame": _top_frame(stack),
        "fingerprint": _fingerprint(failure, batch, message),
        "source": "platform",
        "handled": False,
        "stage": settings.stage,
        "release": settings.release,
        "logGroup": batch.log_group,
        "logStream": batch.log_stream,
        "expiresAt": failure.at // 1000 + settings.ttl_days * _DAY_S,
    }
    if failure.error_type == TIMED_OUT:
        made["remainingMs"] = 0
    if report is not None:
        made["traceId"] = report.trace_id
        made["durationMs"] = report.duration_ms
        made["memoryMb"] = report.memory_mb
        made["maxMemoryUsedMb"] = report.used_mb
        made["coldStart"] = report.cold or failure.in_init
    return {key: value for key, value in made.items() if value is not None and value != ""}


def error_id(failure: Failure, batch: Batch) -> str:
    """Made of the line that names the failure: the same line, delivered twice, is the same id."""
    return _id(failure.at, failure.named_by, batch)


def keys(fact: Fact, batch: Batch) -> tuple[str, str] | None:
    """``errorId`` and ``timestamp`` of the record that ``fact`` names if it stands alone."""
    if isinstance(fact, Report | Ended | RuntimeFault):
        return _id(fact.at, fact.request_id, batch), iso(fact.at)
    return None


def _id(at: int, request_id: str, batch: Batch) -> str:
    return made_id(at, batch.log_group, batch.log_stream, request_id)


def _printed(error_type: str, message: str, stack: str) -> str:
    """As Python prints it: frames first, the error last."""
    return f"{stack}\n{error_type}: {message}" if _FRAME.search(stack) else ""


def _top_frame(stack: str) -> str | None:
    """The innermost frame in the function's own files; else the innermost of all."""
    frames = list(_FRAME.finditer(stack))
    own = [frame for frame in frames if not any(part in frame["path"] for part in _NOT_OURS)]
    if not frames:
        return None
    innermost = (own or frames)[-1]
    path = innermost["path"].removeprefix(_TASK_ROOT)
    return f"{path}:{innermost['line']} in {innermost['function'] or '<module>'}"


def _fingerprint(failure: Failure, batch: Batch, message: str) -> str:
    """Type, message without its data and function: two functions that time out are two bugs."""
    # The names quoted in these messages are names of modules and handlers, as in an ImportError.
    shape = message_shape(ImportError(), message)
    named = "\0".join(("platform", batch.function_name, failure.error_type, shape))
    digest = hashlib.blake2b(named.encode("utf-8", "replace"), digest_size=8)
    return f"{VERSION}:{digest.hexdigest()}"
