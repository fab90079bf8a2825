"""What Lambda's context and the environment say about the call that failed."""

from __future__ import annotations

import time
from functools import lru_cache

from errorlog import environment_variables
from errorlog.bounds import fitting
from errorlog.plain_data import Plain
from errorlog.text_redaction import valid
from errorlog.ulid import ulid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_NAME_CHARS = 512
# What the collector keeps of a record's numbers: no call has so many milliseconds.
_MAX_NUMBER = 10**15


def identity(context: Any) -> dict[str, Plain]:
    """The table's keys, and which invocation it was: what no record is without."""
    now = time.time()
    return {
        "errorId": ulid(int(now * 1000)),
        "timestamp": _iso(now),
        "functionName": _text(context, "function_name", b"AWS_LAMBDA_FUNCTION_NAME") or "unknown",
        "requestId": _text(context, "aws_request_id"),
    }


def remaining_ms(context: Any) -> int | None:
    """Milliseconds until Lambda ends the invocation; None where nothing tells."""
    try:
        left = int(context.get_remaining_time_in_millis())
    except BaseException:
        return None
    return left if abs(left) < _MAX_NUMBER else None


def about_function(context: Any) -> dict[str, Plain]:
    """What is the same for all calls of a container, as a rule."""
    try:
        told = (
            context.function_version, context.log_group_name, context.log_stream_name,
            context.memory_limit_in_mb, getattr(context, "tenant_id", None),
        )  # fmt: skip
        if _SURE_TYPES.issuperset(map(type, told)) and all(told[:-1]):
            return _told(told)
    except BaseException:  # noqa: S110 - a context of a test or of another runtime
        pass
    return {
        "functionVersion": _text(context, "function_version", b"AWS_LAMBDA_FUNCTION_VERSION"),
        "tenantId": _text(context, "tenant_id"),
        "logGroup": _text(context, "log_group_name", b"AWS_LAMBDA_LOG_GROUP_NAME"),
        "logStream": _text(context, "log_stream_name", b"AWS_LAMBDA_LOG_STREAM_NAME"),
        "memoryMb": _whole(
            _text(context, "memory_limit_in_mb", b"AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        ),
    }


_SURE_TYPES = frozenset((str, int, type(None)))


@lru_cache(maxsize=16)
def _told(told: tuple[object, ...]) -> dict[str, Plain]:
    version, group, stream, memory, tenant = (
        "" if value is None else bounded_name(str(value)) for value in told
    )
    return {
        "functionVersion": version, "tenantId": tenant, "logGroup": group, "logStream": stream,
        "memoryMb": _whole(memory),
    }  # fmt: skip


def _text(context: Any, attribute: str, variable: bytes = b"") -> str:
    """An attribute of Lambda's context, or else an environment variable."""
    try:
        value = getattr(context, attribute, None)
        if value is not None and value != "":
            return bounded_name(str(value))
    except BaseException:  # noqa: S110 - a context of a test or of another runtime
        pass
    return bounded_name(environment_variables.get(variable)) if variable else ""


def trace_id() -> str:
    for field in environment_variables.get(b"_X_AMZN_TRACE_ID").split(";"):
        if field.startswith("Root="):
            return bounded_name(field[5:])
    return ""


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def bounded_name(text: str) -> str:
    """``text`` as a name in a record: without lone surrogates, in at most 512 characters."""
    text = text[:MAX_NAME_CHARS]
    if text.isascii() and text.isprintable():
        return text
    return fitting(valid(text), 2 * MAX_NAME_CHARS)


def _iso(epoch: float) -> str:
    second, millisecond = divmod(int(epoch * 1000), 1000)
    return f"{_second(second)}.{millisecond:03d}Z"


@lru_cache(maxsize=2)
def _second(epoch_s: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(epoch_s))
