"""Records what a handler cannot: time-outs, exits, memory, errors before or after it, and what it
could not write itself.

Subscribed to the log group of every function, never to its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

import errorlog
from collector import evidence, fallback
from collector.batch import Batch, Line, decode
from collector.counted_only import CountedOnly
from collector.counts import Counts
from collector.error_table import BadRecord, Store
from collector.failures import REACH_MS, Failure, found
from collector.lines import read
from collector.log_facts import Ended, Fact, RecordedElsewhere, Report
from collector.log_stream import LogStreams
from collector.records import keys, record
from errorlog.record import Record
from errorlog.settings import Settings, from_environment

# What one delivery may cost: lines that say something, and records of one bug. A container that
# fails more often within a delivery has made its point.
MAX_FACTS = 2_000
MAX_RECORDS_OF_A_BUG = 200
# Another delivery's facts may come in while this one decides, and others while it decides anew.
# That it ends is all that the number is for: whoever keeps a fact later decides on this one's, too.
_MAX_ROUNDS = 3
_MAX_REASONS = 5

_store: Store | None = None
_streams: LogStreams | None = None


# Its event is packed log lines, of no use in a record.
@errorlog.record_errors(record_event=False)
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many failures the lines told of, and how many records that made.

    Raises whatever the store raises, and StreamNotRead where the log cannot be read just now:
    Lambda then delivers the batch twice more, which writes nothing twice, and at last puts it into
    the dead-letter queue.
    """
    global _store, _streams
    batch = decode(event)
    settings = from_environment()
    _store = _store or Store(settings.table)
    _streams = _streams or LogStreams()
    return collect(batch, settings, _store, _streams)


def collect(
    batch: Batch, settings: Settings, store: Store, streams: LogStreams | None = None
) -> dict[str, int]:
    """Record the failures of ``batch`` that are not recorded yet.

    Without ``streams``, the delivered lines are believed as far as they do not contradict each
    other.
    """
    counts = Counts(skipped=batch.skipped)
    try:
        counted = CountedOnly(batch, settings)
        facts = _facts(batch, counts) + _heal(batch, settings, store, counts, counted)
        for printed in batch.lines:
            counted.line(printed)
        for item in counted.items():
            store.put_count(item)
        if facts:
            _record(batch, facts, settings, store, streams, counts)
    finally:
        line = counts.line(settings)
        if line is not None:
            _print(line)
    return counts.answer()


def _facts(batch: Batch, counts: Counts) -> list[Fact]:
    facts = []
    for line in batch.lines:
        try:
            fact = read(line)
        except Exception as error:  # one line must not cost the others their records
            _skip(counts, line, error)
            continue
        if fact is not None:
            facts.append(fact)
    counts.over_budget += max(0, len(facts) - MAX_FACTS)
    return facts[:MAX_FACTS]


def _heal(
    batch: Batch, settings: Settings, store: Store, counts: Counts, counted: CountedOnly
) -> list[Fact]:
    """Write the records that errorlog printed, under the id that it gave them.

    Returns of which invocations they are: what ended those has its record.
    """
    facts: list[Fact] = []
    budget: Counter[str] = Counter()
    for line in batch.lines:
        if not fallback.mentions(line):
            continue
        try:
            made = fallback.record(line, batch, settings)
        except fallback.Foreign as error:
            _skip(counts, line, error)
            continue
        except Exception as error:
            _lose(counts, error)
            continue
        if made is None:
            continue
        bug = str(made.get("fingerprint", made.get("errorType")))
        budget[bug] += 1
        if budget[bug] > MAX_RECORDS_OF_A_BUG:
            counts.over_budget += 1
            counted.failure(made)
            continue
        try:
            new = store.put(made, repeated_is_new=True)
        except BadRecord as error:
            _lose(counts, error)
            continue
        counts.healed += new
        _say("healed" if new else "recorded already", made)
        if not made["handled"] and made.get("requestId"):
            facts.append(RecordedElsewhere(line.at, str(made["requestId"])))
    return facts


def _record(
    batch: Batch,
    facts: list[Fact],
    settings: Settings,
    store: Store,
    streams: LogStreams | None,
    counts: Counts,
) -> None:
    stream = evidence.key(batch)
    delivered = {evidence.clean(fact, settings) for fact in facts}
    for fact in delivered:
        store.keep(stream, fact)
    first, last = min(fact.at for fact in facts), max(fact.at for fact in facts)
    written: dict[str, bool] = {}
    kept: frozenset[Fact] = frozenset()
    for _ in range(_MAX_ROUNDS):
        before, kept = kept, store.known(stream, first - 2 * REACH_MS, last + 2 * REACH_MS)
        if kept == before:
            break
        others = kept - delivered
        known = delivered | kept
        unverified = False
        if streams is not None:
            around = streams.around(batch, _to_prove(known), settings)
            unverified = around is None
            known |= around or frozenset()
        failures = [
            failure for failure in found(known) if first - REACH_MS <= failure.at <= last + REACH_MS
        ]
        counts.failures = len(failures)
        final = _write(
            batch, failures, settings, store, counts, written,
            merged=bool(others), unverified=unverified,
        )  # fmt: skip
        if others:
            _take_back(batch, delivered | others, (first, last), final, store)


def _to_prove(facts: Iterable[Fact]) -> set[Fact]:
    """Those that name a failure and are of a form that a function can print."""
    return {
        fact
        for fact in facts
        if isinstance(fact, Ended) or (isinstance(fact, Report) and fact.failed)
    }


def _write(
    batch: Batch,
    failures: list[Failure],
    settings: Settings,
    store: Store,
    counts: Counts,
    written: dict[str, bool],
    *,
    merged: bool,
    unverified: bool,
) -> set[tuple[str, str]]:
    """Write the records of ``failures``; the keys of those that are to be there.

    ``merged`` is whether another delivery knew of some of it, and may have written what it knew;
    ``unverified`` whether the log is not there any more to tell what was printed.
    """
    final: set[tuple[str, str]] = set()
    budget: Counter[str] = Counter()
    for failure in failures:
        made = record(failure, batch, settings)
        if unverified:
            made["unverified"] = True
        error_id, bug = str(made["errorId"]), str(made["fingerprint"])
        budget[bug] += 1
        if budget[bug] > MAX_RECORDS_OF_A_BUG:
            if error_id not in written:
                counts.over_budget += 1
                written[error_id] = False
            continue
        try:
            recorded = store.has_record(failure, made)
            new = not recorded and store.put(made)
            if not recorded:
                final.add((error_id, str(made["timestamp"])))
                if not new and merged:
                    store.replace(made)
        except BadRecord as error:
            _lose(counts, error)
            continue
        if error_id not in written:
            counts.recorded += new
            written[error_id] = new
            _say("recorded" if new else "recorded already", made)
    return final


def _take_back(
    batch: Batch,
    facts: Iterable[Fact],
    span: tuple[int, int],
    final: set[tuple[str, str]],
    store: Store,
) -> None:
    """Delete what a delivery may have recorded that knew only some of ``facts``."""
    first, last = span
    for fact in facts:
        key = keys(fact, batch)
        if key and key not in final and first - REACH_MS <= fact.at <= last + REACH_MS:
            store.delete(*key)


def _skip(counts: Counts, line: Line, error: Exception) -> None:
    counts.skipped += 1
    _reason(counts, f"skipped a line of {len(line.message)} characters", error)


def _lose(counts: Counts, error: Exception) -> None:
    counts.lost += 1
    _reason(counts, "lost a record", error)


def _reason(counts: Counts, what: str, error: Exception) -> None:
    if len(counts.reasons) < _MAX_REASONS:
        counts.reasons.append(f"{what}: {type(error).__name__}: {error}"[:300])


def _say(outcome: str, made: Record) -> None:
    """One line for each failure, so that a record that is missed can be traced."""
    facts = {name: made.get(name) for name in ("functionName", "requestId", "errorType", "errorId")}
    _print(json.dumps({"message": outcome, **facts}))


def _print(line: str) -> None:
    print(line)  # noqa: T201 - Lambda's way to log
