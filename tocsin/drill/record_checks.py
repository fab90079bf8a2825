"""Whether every failure is in the error log, by request id, as the failure that it was.

A record has two ways: from the handler into the table, and by the function's log, where the table
did not take it or no handler saw the failure. By either it is recorded; a table that refuses for
good what it is given is named, unless the collector has brought the record in.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tocsin import triage
from tocsin.bugs.bug import iso
from tocsin.drill import diagnosis, refused_writes, traffic
from tocsin.drill.causes import Cause
from tocsin.drill.checks import Check, Kind, Link, Stopwatch, outcome
from tocsin.drill.context import Bench, Subject
from tocsin.drill.outcomes import record_types
from tocsin.drill.refused_writes import RefusedWrite
from tocsin.drill.traffic import Called, FinishedCall

# A handler's record is there when the call returns, but for the lag of the index. What comes by
# way of a log, to the collector or as a line, is later by the clock's ``log_slack_s``.
PATIENCE_S = 20
# Where calls are slow, so is what makes their records, which has to start as well.
_CALLS_OF_SUCH_LENGTH = 4
# FilterLogEvents takes five calls a second of an account:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
_POLL_LOCAL_S = 0.3
_POLL_S = 2.0
_OF_ERRORLOG = (Kind.EXCEPTION, Kind.ANSWER, Kind.ITEMS)

Types = Mapping[str, Collection[str]]
"""Request id -> the error types that are recorded for it."""


def of_handler(bench: Bench, subject: Subject, cause: Cause) -> Check:
    """The failures that the handler raised, each recorded by errorlog.

    It writes some records of a storm and counts the rest. Failures that it counted are not
    missing, but one record has to arrive: while there is none, one more failure is sent, for
    which the budget has refilled in a moment.
    """
    watch = Stopwatch()
    function = subject.function
    # What the table refused comes by the log, where the collector is told of that.
    heals = diagnosis.subscription(bench.account, function) is not None
    deadline = _deadline(bench, subject.failures)
    while True:
        seen = _recorded(bench, function, subject.failures)
        missing = [failure for failure in subject.failures if failure.request_id not in seen]
        lines = refused_writes.refused(bench.account, function, bench.began_ms)
        missing = [call for call in missing if not _logged(lines, call, heals)]
        if missing:
            counted = refused_writes.suppressed(bench.account, function, bench.began_ms)
            missing = [call for call in missing if call.request_id not in counted]
        found = bool(seen) or bool(lines)
        if (found and not missing) or time.monotonic() >= deadline:
            lost = missing or ([] if found else subject.failures)
            broken = _broken(bench, function, Kind.EXCEPTION, subject.failures, seen, lines, lost)
            check = outcome(subject.key, Kind.EXCEPTION, Link.RECORDED, broken, watch.lap())
            return check if broken else _told_by_the_log(subject, lines, check)
        _pause(bench)
        if not found and not missing:
            one_more = traffic.attempt(bench.account, function, cause.make())
            if one_more.error:
                subject.failures.append(one_more)


def _logged(lines: Mapping[str, RefusedWrite], failed: FinishedCall, heals: bool) -> bool:
    """Whether the record of ``failed`` is in the log, and is not to be waited for any more."""
    line = lines.get(failed.request_id)
    return line is not None and not (line.for_good and heals)


def _told_by_the_log(subject: Subject, lines: Mapping[str, RefusedWrite], check: Check) -> Check:
    """``check``, with why where a record came by the log."""
    reasons = [
        lines[failure.request_id] for failure in subject.failures if failure.request_id in lines
    ]
    if not reasons:
        return check
    count = f"{len(reasons)} of {len(subject.failures)}"
    detail = f"{count} recorded by way of the log: the table refused ({reasons[0].reason})"
    return replace(check, detail=detail)


def of_platform(bench: Bench, function: Called, kind: Kind, failed: FinishedCall) -> Check:
    """A failure of one call: as the collector records it where no handler saw it, or errorlog."""
    watch = Stopwatch()
    # The collector hears nothing of a log that it does not get: no use in waiting for it.
    heard = kind in _OF_ERRORLOG or diagnosis.subscription(bench.account, function) is not None
    given_s = (function.timeout or 0) if kind is Kind.TIMEOUT else 0
    deadline = _deadline(bench, [failed], given_s)
    wanted = record_types(kind, failed)
    while True:
        seen = _recorded(bench, function, [failed])
        over = not heard or time.monotonic() >= deadline
        lines = {}
        # A line costs a search of the log; the record comes first most times.
        if failed.request_id not in seen:
            lines = refused_writes.refused(bench.account, function, bench.began_ms)
        types = set(seen.get(failed.request_id, ()))
        if line := lines.get(failed.request_id):
            types.add(line.error_type)
        if types & wanted or over:
            lost = [] if types else [failed]
            broken = _broken(bench, function, kind, [failed], seen, lines, lost)
            return outcome(function.key, kind, Link.RECORDED, broken, watch.lap())
        _pause(bench)


def _broken(
    bench: Bench,
    function: Called,
    kind: Kind,
    failures: Sequence[FinishedCall],
    seen: Types,
    lines: Mapping[str, RefusedWrite],
    lost: Sequence[FinishedCall],
) -> str:
    """What is wrong with the records of ``failures``; empty where nothing is."""
    for failed in failures:
        line = lines.get(failed.request_id)
        if line is not None and line.for_good and failed.request_id not in seen:
            return diagnosis.refused_record(function, line)
    if lost:
        why = (
            diagnosis.missing_record(function, lost[0])
            if kind in _OF_ERRORLOG
            else diagnosis.missing_platform_record(bench.account, function, lost[0])
        )
        return f"{why} ({len(lost)} of {len(failures)} records missing)"
    for failed in failures:
        types = set(seen.get(failed.request_id, ()))
        if line := lines.get(failed.request_id):
            types.add(line.error_type)
        wanted = record_types(kind, failed)
        if types and not types & wanted:
            return (
                f"failure -> record: request {failed.request_id} is recorded as "
                f"{', '.join(sorted(types))}, not as {' or '.join(sorted(wanted))}"
            )
    return ""


def _deadline(bench: Bench, failures: Sequence[FinishedCall], given_s: float = 0) -> float:
    """Until when their records may come (monotonic): late logs are late for all at once.

    ``given_s`` is what the calls were meant to take.
    """
    answered = max((failure.answered for failure in failures), default=0.0)
    slow_s = max((failure.seconds - given_s for failure in failures), default=0.0)
    patience = PATIENCE_S + _CALLS_OF_SUCH_LENGTH * max(bench.slowest_s, slow_s)
    patience += max(time.monotonic(), answered + bench.clock.log_slack_s)
    return patience if bench.deadline is None else min(patience, bench.deadline)


def _pause(bench: Bench) -> None:
    time.sleep(_POLL_LOCAL_S if bench.stage.is_local else _POLL_S)


def _recorded(
    bench: Bench, function: Called, failures: Sequence[FinishedCall]
) -> dict[str, set[str]]:
    """Request id -> error types, of those of ``failures`` that have records in the table."""
    since = iso(datetime.fromtimestamp(bench.began_ms / 1000, UTC))
    wanted = {failed.request_id for failed in failures}
    types: dict[str, set[str]] = {}
    for record in triage.since(bench.account, bench.stage, function.name, since):
        request_id = str(record.get("requestId"))
        if request_id in wanted:
            types.setdefault(request_id, set()).add(str(record.get("errorType", "")))
    return types
