"""Records what a handler cannot: time-outs, exits, memory, and errors before or after it.

Subscribed to the log group of every function, never to its own.
"""

from __future__ import annotations

import json
from typing import Any

import errorlog
from collector.batch import Batch, decode
from collector.failures import failures
from collector.records import record
from collector.store import Store
from errorlog.record import Record
from errorlog.settings import Settings, from_environment

_store: Store | None = None


# Its event is packed log lines, of no use in a record.
@errorlog.record_errors(record_event=False)
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many failures the lines told of, and how many records that made.

    Raises whatever the store raises: Lambda then delivers the batch twice more, which writes
    nothing twice, and at last puts it into the dead-letter queue.
    """
    global _store
    batch = decode(event)
    settings = from_environment()
    _store = _store or Store(settings.table)
    return collect(batch, settings, _store)


def collect(batch: Batch, settings: Settings, store: Store) -> dict[str, int]:
    """Record the failures of ``batch`` that are not recorded yet."""
    found = failures(batch)
    written = 0
    for failure in found:
        made = record(failure, batch, settings)
        new = not store.has_record(failure, made) and store.put(made)
        written += new
        _say("recorded" if new else "recorded already", made)
    return {"failures": len(found), "recorded": written}


def _say(outcome: str, made: Record) -> None:
    """One line for each failure, so that a record that is missed can be traced."""
    facts = {name: made.get(name) for name in ("functionName", "requestId", "errorType", "errorId")}
    print(json.dumps({"message": outcome, **facts}))  # noqa: T201 - Lambda's way to log
