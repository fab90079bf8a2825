"""The record of one failure, as a plain dictionary. Fields: docs/error-log.md."""

from __future__ import annotations

import sys
import time
from itertools import filterfalse, islice

from errorlog.bounds import fitting, json_size, line_size
from errorlog.call_facts import (
    MAX_NAME_CHARS,
    about_function,
    bounded_name,
    identity,
    remaining_ms,
    trace_id,
)
from errorlog.durable import lambda_context
from errorlog.error_texts import ErrorTexts
from errorlog.fingerprint import FORMER, fingerprint, former
from errorlog.frames import TopFrame, top_frame
from errorlog.items import item_id as item_id_of
from errorlog.patterns import MAX_TEXT, Patterns, patterns
from errorlog.plain_data import Plain
from errorlog.redaction import Sanitiser
from errorlog.stack_trace import MAX_EXCEPTIONS, chained, stack_trace
from errorlog.text_redaction import valid
from errorlog.type_names import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from errorlog.invocation import Invocation
    from errorlog.settings import Settings

    T = TypeVar("T")

Record = dict[str, Plain]

# A DynamoDB item holds 400 KB and a log line of Lambda's 256 KB. The event and the context share
# a budget that counts bytes of JSON; other texts are bounded in characters and in such bytes.
MAX_EVENT_CHARS = 65_536
MAX_STACK_CHARS = 16_384
MAX_MESSAGE_CHARS = 4_096
_ESCAPED = 6  # bytes that JSON makes of most characters beyond ASCII
# The rest of the line is for the metric and the reason.
MAX_RECORD_BYTES = 240 * 1024
_MOST_ESCAPED = 12  # bytes that JSON makes of a character beyond the BMP
# Bytes of event, context, message, stack and log: what else a record has is far less than the rest.
_SURELY_FITTING = MAX_RECORD_BYTES // 2
_MAX_LOGGED_CHARS = 640


class BuiltRecord(Record):
    """A record with the redaction that its own line needs: what the event calls a secret.

    ``event`` is JSON of its event as DynamoDB has it, where that is known.
    """

    __slots__ = ("event", "redact")

    def __init__(self, fields: Record, redact: Callable[[str], str], event: str | None) -> None:
        super().__init__(fields)
        self.redact = redact
        self.event = event


_DAY_S = 86_400


def build(
    error: BaseException,
    here: Invocation | None,
    settings: Settings,
    *,
    handled: bool = False,
    extra: dict[str, Any] | None = None,
    item: Any = None,
    item_id: str | None = None,
    place: TopFrame | None = None,
) -> Record:
    """The record of ``error``, redacted and bounded; never raises, whatever the values do.

    ``here`` is the invocation it ended, or during which it was handled; ``extra`` and ``item``
    are what :func:`errorlog.capture_exception` and :func:`errorlog.record_item_errors` add.
    ``place`` is where an error without a stack belongs to.
    """
    context = lambda_context(here.context) if here is not None else None
    sanitiser = Sanitiser(_patterns(settings), MAX_EVENT_CHARS)
    # All of it before any of it is written down, with or without the event in the record.
    event = here.event if here is not None else None
    logged = _logged(here)
    kept = event if item is None else item
    keeps = (here is None or here.record_event) and (item is not None or here is not None)
    around = (extra, *logged, *_arguments(error))
    if not keeps:
        sanitiser.gather(event, item, *around)
    elif item is None:
        sanitiser.gather(*around, kept=event)
    else:
        sanitiser.gather(event, *around, kept=item)
    record: Record = {
        **identity(context),
        **about_function(context),
        "traceId": trace_id(),
        "errorType": type_name(error),
        "source": "handler",
        "handled": handled,
        "stage": bounded_name(settings.stage),
        "release": bounded_name(settings.release),
        "remainingMs": remaining_ms(context),
        "expiresAt": int(time.time()) + settings.ttl_days * _DAY_S,
    }
    if here is not None:
        record["durationMs"] = round((time.perf_counter() - here.started) * 1000, 3)
        record["coldStart"] = here.cold_start
    if item is not None or item_id is not None:
        name = item_id_of(item) if item_id is None else item_id
        record["itemId"] = None if name is None else bounded_name(name)
    if keeps:
        record["event"] = sanitiser.plain(kept)
    if extra:
        record["context"] = sanitiser.plain(extra)
    if logged:
        record["logBefore"] = [
            sanitiser.text(valid(str(line)), _MAX_LOGGED_CHARS) for line in logged
        ]
    chars = _tell(error, record, sanitiser, place) + _MAX_LOGGED_CHARS * len(logged)
    made = present(record)
    if sanitiser.spent + _MOST_ESCAPED * chars > _SURELY_FITTING:
        made = fit(made)
    return BuiltRecord(made, sanitiser.redacted, sanitiser.written(made.get("event")))


def _tell(
    error: BaseException, record: Record, sanitiser: Sanitiser, place: TopFrame | None
) -> int:
    """Add what ``error`` says, and where it is of; how many characters that may be, unescaped."""
    redacted = ErrorTexts(error, sanitiser, MAX_STACK_CHARS, MAX_MESSAGE_CHARS)
    text = message(error)
    kept = redacted(text, MAX_MESSAGE_CHARS)
    if len(text) > MAX_TEXT:
        kept = f"{kept[:MAX_MESSAGE_CHARS]}{_cut(len(text) - MAX_MESSAGE_CHARS, len(text))}"
    record["errorMessage"] = _within(kept, _ESCAPED * MAX_MESSAGE_CHARS + _MARKER)
    stack = stack_trace(error, redacted, sanitiser.code)
    record["stackTrace"] = _both_ends(stack, MAX_STACK_CHARS, _ESCAPED * MAX_STACK_CHARS)
    frame = place or top_frame(error)
    record["topFrame"] = None if frame is None else bounded_name(str(frame))
    record["fingerprint"] = fingerprint(error, str(record["errorMessage"]), frame)
    if FORMER:
        record["formerFingerprints"] = former(error, str(record["errorMessage"]), frame)
    return len(kept) + len(stack)


def _logged(here: Invocation | None) -> list[Plain]:
    """What the call logged before it failed, where that is kept."""
    if here is None or "errorlog.recent_lines" not in sys.modules:
        return []
    from errorlog.recent_lines import kept

    lines = kept()
    return [] if lines is None else lines.of_call(here)


def redacted_again(record: Mapping[str, Any], settings: Settings) -> Record:
    """``record``, which came from elsewhere, redacted and bounded as our own are.

    For records read back from a log, which anybody may have written: whatever they hold, what
    comes back is as safe to store as what :func:`build` makes, and never is more than that. A
    record of ours stays as it is. Fields are plain data under text keys; which there are, and of
    which type, is the caller's to check.
    """
    # A little more room than the first time, for the markers that say what was cut then.
    sanitiser = Sanitiser(_patterns(settings), MAX_EVENT_CHARS + _MARKERS)
    sanitiser.gather(record)
    made: Record = {}
    for key, value in islice(record.items(), _MAX_FIELDS):
        name = bounded_name(str(key))
        if name in ("event", "context"):
            made[name] = sanitiser.plain(value)
        elif not isinstance(value, str):
            small = Sanitiser(_patterns(settings), MAX_NAME_CHARS, sanitiser.known)
            made[name] = small.plain(value)
        elif name in ("stackTrace", "errorMessage"):
            most = MAX_STACK_CHARS if name == "stackTrace" else MAX_MESSAGE_CHARS
            read = sanitiser.stack if name == "stackTrace" else sanitiser.text
            clean = read(valid(value[:MAX_TEXT]), MAX_TEXT)
            made[name] = _both_ends(clean, most + _MARKER, _ESCAPED * (most + _MARKER))
        else:
            # Identifiers and names: nothing in an event makes them other ones.
            made[name] = bounded_name(sanitiser.forms(valid(value[: 4 * MAX_NAME_CHARS])))
    return fit(present(made))


def redacted_text(text: str, settings: Settings, most: int = MAX_MESSAGE_CHARS) -> str:
    """``text``, which came from elsewhere, without secrets, in at most ``most`` characters.

    A marker counts what is cut. For more than one text of the same failure, where one may name
    what another tells, make a :class:`errorlog.redaction.Sanitiser` and gather all of them.
    """
    sanitiser = Sanitiser(_patterns(settings), MAX_EVENT_CHARS)
    sanitiser.gather(text)
    return _within(sanitiser.text(text, most), _ESCAPED * most)


def present(record: Record) -> Record:
    """``record`` without the fields that have no value."""
    for key in [*filterfalse(record.get, record)]:  # most have one
        if record[key] is None or record[key] == "":
            del record[key]
    return record


def fit(record: Record) -> Record:
    """``record`` within a line and an item. Its parts are bounded: this is for their sum."""
    for name, most in (("logBefore", 2_048), ("context", 1_024), ("event", 16_384),
                       ("stackTrace", 16_384), ("errorMessage", 4_096)):  # fmt: skip
        if line_size(record) <= MAX_RECORD_BYTES:
            return record
        held = record.get(name)
        if held is not None:
            text = held if isinstance(held, str) else str(held)
            record = {**record, name: _within(text, most)}
    if line_size(record) > MAX_RECORD_BYTES:
        record = {key: value for key, value in record.items() if key in _NEEDED}
    return record


_NEEDED = ("errorId", "timestamp", "functionName", "requestId", "errorType", "source", "handled",
           "fingerprint", "counter", "counted", "expiresAt")  # fmt: skip
_MAX_FIELDS = 64
_MARKER = 64
_MARKERS = 8_192


def _patterns(settings: Settings) -> Patterns:
    return patterns(settings.redact_keys, settings.redact_emails)


def _arguments(error: BaseException) -> list[object]:
    """The exceptions, or what they were made of, which their words may tell."""
    found: list[object] = []
    try:
        for link in islice(chained(error), MAX_EXCEPTIONS):
            if type(link).__module__ == "builtins" and not link.__dict__:
                found += link.args  # all that it holds
                if len(link.args) > 1:
                    found.append(message(link))  # of which one may name another
            else:
                found += (link, message(link))  # which may tell twice what it names once
    except BaseException:  # noqa: S110 - an exception whose own attributes raise
        pass
    return found


def message(error: BaseException) -> str:
    """``str(error)``, also where that raises."""
    try:
        return str.__str__(str(error))
    except BaseException as failure:
        return f"[no message: str() raised {type_name(failure)}]"


def _both_ends(text: str, most: int, most_bytes: int) -> str:
    """A long stack trace keeps its beginning and its end, where type and message stand."""
    if len(text) <= most and (
        _MOST_ESCAPED * len(text) <= most_bytes or json_size(text) <= most_bytes
    ):
        return text
    half = min(len(text), most) // 2
    head = fitting(text[:half], most_bytes // 2)
    tail = text[-half:]
    if json_size(tail) > most_bytes // 2:
        tail = fitting(tail[::-1], most_bytes // 2)[::-1]
    missing = len(text) - len(head) - len(tail)
    return f"{head}\n{_cut(missing, len(text))}\n{tail}"


def _within(text: str, most_bytes: int) -> str:
    if _MOST_ESCAPED * len(text) <= most_bytes or json_size(text) <= most_bytes:
        return text
    kept = fitting(text, most_bytes)
    return f"{kept}{_cut(len(text) - len(kept), len(text))}"


def _cut(missing: int, whole: int) -> str:
    return f"[cut {missing} of {whole} characters]"
