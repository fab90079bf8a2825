"""What is known of a log stream, kept between deliveries.

CloudWatch Logs may split the lines about one failure over two deliveries, send one twice, or
send the later first. Each delivery adds its facts to those that are known and decides on all of
them, so that the records follow from the set of the lines alone. A fact is a small item of the
error table; it has no ``functionName``, so it is in no index and no list of records, and a day
later it is gone.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from collector.batch import Batch
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
from collector.moments import iso
from errorlog.patterns import patterns
from errorlog.record import MAX_EVENT_CHARS, MAX_MESSAGE_CHARS, MAX_STACK_CHARS, Record
from errorlog.redaction import Sanitiser
from errorlog.settings import Settings

PREFIX = "stream:"
"""What the hash key of these items begins with, and no record's does."""

_KEPT_S = 86_400
_KINDS: dict[str, Callable[..., Fact]] = {
    "Ended": Ended,
    "Finished": Finished,
    "InitFailed": InitFailed,
    "RecordedElsewhere": RecordedElsewhere,
    "Report": Report,
    "RuntimeFault": RuntimeFault,
    "Started": Started,
}


def key(batch: Batch) -> str:
    """The hash key of all that is known of the stream of ``batch``."""
    named = "\0".join((batch.log_group, batch.log_stream))
    return PREFIX + hashlib.blake2b(named.encode("utf-8", "replace"), digest_size=16).hexdigest()


def clean(fact: Fact, settings: Settings) -> Fact:
    """``fact`` with its texts redacted and bounded, as they will be in a record."""
    if isinstance(fact, Ended):
        return replace(fact, text=_sanitiser(settings).text(fact.text, MAX_MESSAGE_CHARS))
    if isinstance(fact, RuntimeFault):
        sanitiser = _sanitiser(settings)
        message = sanitiser.text(fact.message, MAX_MESSAGE_CHARS)
        return replace(fact, message=message, stack=sanitiser.stack(fact.stack, MAX_STACK_CHARS))
    return fact


def item(stream: str, fact: Fact) -> Record:
    """The item that keeps ``fact``, redacted before; the same fact is the same item."""
    text = json.dumps([type(fact).__name__, asdict(fact)], sort_keys=True)
    digest = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return {
        "errorId": stream,
        "timestamp": f"{iso(fact.at)}#{digest}",
        "fact": text,
        "expiresAt": int(time.time()) + _KEPT_S,
    }


def fact(kept: str) -> Fact | None:
    """The fact in an item's ``fact``; None for one of another version of the collector."""
    try:
        kind, fields = json.loads(kept)
        made: dict[str, Any] = fields
        return _KINDS[kind](**made)
    except (ValueError, TypeError, KeyError):
        return None


def _sanitiser(settings: Settings) -> Sanitiser:
    return Sanitiser(patterns(settings.redact_keys, settings.redact_emails), MAX_EVENT_CHARS)
