"""The record of one failure, as a plain dictionary. Fields: docs/error-log.md."""

from __future__ import annotations

import os
import time
from typing import Any

from errorlog.fingerprint import fingerprint
from errorlog.frames import stack_trace, top_frame
from errorlog.invocation import Invocation
from errorlog.patterns import patterns
from errorlog.redaction import Plain, Sanitiser
from errorlog.settings import Settings
from errorlog.ulid import ulid

Record = dict[str, Plain]

# A DynamoDB item holds 400 KB and a log line of Lambda's 256 KB. A record must fit into either,
# even where JSON escapes every character of message and stack trace to six.
MAX_EVENT_CHARS = 65_536
MAX_STACK_CHARS = 16_384
MAX_MESSAGE_CHARS = 4_096
MAX_NAME_CHARS = 512

_DAY_S = 86_400


def build(
    error: BaseException,
    here: Invocation | None,
    settings: Settings,
    *,
    handled: bool = False,
    extra: dict[str, Any] | None = None,
    item: Any = None,
) -> Record:
    """The record of ``error``, redacted and bounded.

    ``here`` is the invocation it ended, or during which it was handled; ``extra`` and ``item``
    are what :func:`errorlog.capture_exception` and :func:`errorlog.record_item_errors` add.
    """
    context = here.context if here is not None else None
    sanitiser = Sanitiser(patterns(settings.redact_keys, settings.redact_emails), MAX_EVENT_CHARS)
    record: Record = {
        **identity(context),
        "functionVersion": _text(context, "function_version", "AWS_LAMBDA_FUNCTION_VERSION"),
        "traceId": _trace_id(),
        "errorType": _type_name(error),
        "source": "handler",
        "handled": handled,
        "stage": settings.stage,
        "release": settings.release,
        "logGroup": _text(context, "log_group_name", "AWS_LAMBDA_LOG_GROUP_NAME"),
        "logStream": _text(context, "log_stream_name", "AWS_LAMBDA_LOG_STREAM_NAME"),
        "remainingMs": remaining_ms(context),
        "memoryMb": _whole(_text(context, "memory_limit_in_mb", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE")),
        "expiresAt": int(time.time()) + settings.ttl_days * _DAY_S,
    }
    if here is not None:
        record["durationMs"] = round((time.perf_counter() - here.started) * 1000, 3)
        record["coldStart"] = here.cold_start
    # The event first: what it hides is hidden in message and stack trace as well.
    if item is not None:
        record["event"] = sanitiser.plain(item)
        record["itemId"] = _item_id(item)
    elif here is not None and here.record_event:
        record["event"] = sanitiser.plain(here.event)
    if extra:
        record["context"] = sanitiser.plain(extra)
    for name in ("event", "context"):
        if name in record:
            record[name] = sanitiser.again(record[name])
    frame = top_frame(error)
    record["errorMessage"] = sanitiser.text(message(error), MAX_MESSAGE_CHARS)
    record["stackTrace"] = _both_ends(sanitiser, stack_trace(error))
    record["topFrame"] = None if frame is None else sanitiser.text(str(frame), MAX_NAME_CHARS)
    record["fingerprint"] = fingerprint(error, str(record["errorMessage"]), frame)
    return {key: value for key, value in record.items() if value is not None and value != ""}


def identity(context: Any) -> Record:
    """The table's keys, and which invocation it was: what no record is without."""
    now = time.time()
    return {
        "errorId": ulid(int(now * 1000)),
        "timestamp": _iso(now),
        "functionName": _text(context, "function_name", "AWS_LAMBDA_FUNCTION_NAME") or "unknown",
        "requestId": _text(context, "aws_request_id"),
    }


def message(error: BaseException) -> str:
    """``str(error)``, also where that raises."""
    try:
        return str(error)
    except Exception as failure:
        return f"[no message: str() raised {type(failure).__name__}]"


def remaining_ms(context: Any) -> int | None:
    """Milliseconds until Lambda ends the invocation; None where nothing tells."""
    try:
        return int(context.get_remaining_time_in_millis())
    except Exception:
        return None


def _both_ends(sanitiser: Sanitiser, stack: str) -> str:
    """A long stack trace keeps its beginning and its end, where type and message stand."""
    if len(stack) <= MAX_STACK_CHARS:
        return sanitiser.text(stack, MAX_STACK_CHARS)
    half = MAX_STACK_CHARS // 2
    lines_end = stack.find("\n", len(stack) - half) + 1 or len(stack) - half
    head = stack[:half]
    cut = lines_end - half
    # Redacted as a whole, so that no secret is halved; only then is the middle left out.
    clean = sanitiser.text(stack, len(stack)) if len(stack) < 262_144 else ""
    if clean:
        return f"{clean[:half]}\n[cut {cut} of {len(stack)} characters]\n{clean[-half:]}"
    tail = sanitiser.text(stack[lines_end:], half * 2)
    return f"{sanitiser.text(head, half)}\n[cut {cut} of {len(stack)} characters]\n{tail}"


def _iso(epoch: float) -> str:
    whole = int(epoch * 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole // 1000)) + f".{whole % 1000:03d}Z"


def _text(context: Any, attribute: str, variable: str = "") -> str:
    """An attribute of Lambda's context, or else an environment variable."""
    try:
        value = getattr(context, attribute, None)
        if value is not None and value != "":
            return str(value)[:MAX_NAME_CHARS].encode("utf-8", "replace").decode()
    except Exception:  # noqa: S110 - a context of a test or of another runtime
        pass
    return os.environ.get(variable, "")


def _trace_id() -> str:
    fields = os.environ.get("_X_AMZN_TRACE_ID", "").split(";")
    return next((each[5:] for each in fields if each.startswith("Root=")), "")


def _type_name(error: BaseException) -> str:
    """The class's own name, as AWS reports it in ``errorType``."""
    return type(error).__name__.encode("utf-8", "replace").decode()[:MAX_NAME_CHARS] or "Exception"


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _item_id(item: Any) -> str | None:
    """SQS's message id, or Kinesis' and DynamoDB streams' sequence number."""
    for path in (
        ("messageId",),
        ("kinesis", "sequenceNumber"),
        ("dynamodb", "SequenceNumber"),
    ):
        try:
            found = item
            for key in path:
                found = found[key]
            return str(found)[:MAX_NAME_CHARS]
        except Exception:  # noqa: S112 - the item is the caller's own type
            continue
    return None
