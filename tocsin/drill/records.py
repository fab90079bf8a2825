"""Whether every failure is in the error log: looked up through the index, by request id."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tocsin import triage
from tocsin.drill import diagnosis, fallback, traffic
from tocsin.drill.checks import Check, Kind, Link, Stopwatch, outcome
from tocsin.drill.context import Bench, Subject
from tocsin.drill.traffic import Called, Invocation

# A handler's record is there when the call returns, but for the lag of the index. What comes by
# way of a log, to the collector or as a line, is later by the clock's ``log_slack_s``.
PATIENCE_S = 20
# FilterLogEvents takes five calls a second of an account:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
_POLL_LOCAL_S = 0.3
_POLL_S = 2.0


def of_handler(bench: Bench, subject: Subject) -> Check:
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
        missing = [each for each in subject.failures if each.request_id not in seen]
        if missing:
            counted = fallback.suppressed(bench.account, function, bench.began_ms)
            missing = [each for each in missing if each.request_id not in counted]
        refused = {}
        if missing and not heals:
            refused = fallback.refused(bench.account, function, bench.began_ms)
        # The index may lag, but then a fallback line says that no record will come.
        hopeless = any(each.request_id in refused for each in missing)
        if (seen and not missing) or hopeless or time.monotonic() >= deadline:
            lost = missing or ([] if seen else subject.failures)
            check = _check(bench, function, Kind.EXCEPTION, lost, len(subject.failures), watch)
            return check if check.failed else _told_by_the_log(bench, subject, check)
        _pause(bench)
        if not seen and not missing:
            event = function.drill.failure or {}
            subject.failures.append(traffic.invoke(bench.account, function, event))


def _told_by_the_log(bench: Bench, subject: Subject, check: Check) -> Check:
    """``check``, with why where it was the collector that wrote a record, from the log."""
    refused = fallback.refused(bench.account, subject.function, bench.began_ms)
    reasons = [refused[each.request_id] for each in subject.failures if each.request_id in refused]
    if not reasons:
        return check
    count = f"{len(reasons)} of {len(subject.failures)}"
    detail = f"{count} written by the collector, from the log: the table refused ({reasons[0]})"
    return replace(check, detail=detail)


def of_platform(
    bench: Bench, function: Called, kind: Kind, failures: Sequence[Invocation]
) -> Check:
    """Failures that no handler sees, each recorded by the collector (or errorlog, on an exit)."""
    watch = Stopwatch()
    # The collector hears nothing of a log that it does not get: no use in waiting for it.
    heard = diagnosis.subscription(bench.account, function) is not None
    deadline = _deadline(bench, failures)
    while True:
        seen = _recorded(bench, function, failures)
        missing = [each for each in failures if each.request_id not in seen]
        if not missing or not heard or time.monotonic() >= deadline:
            return _check(bench, function, kind, missing, len(failures), watch)
        _pause(bench)


def _deadline(bench: Bench, failures: Sequence[Invocation]) -> float:
    """Until when their records may come (monotonic): late logs are late for all at once."""
    answered = max((each.answered for each in failures), default=0.0)
    return PATIENCE_S + max(time.monotonic(), answered + bench.clock.log_slack_s)


def _pause(bench: Bench) -> None:
    time.sleep(_POLL_LOCAL_S if bench.stage.is_local else _POLL_S)


def _recorded(bench: Bench, function: Called, failures: Sequence[Invocation]) -> set[str]:
    """Request ids of those of ``failures`` that have a record."""
    start = datetime.fromtimestamp(bench.began_ms / 1000, UTC)
    since = start.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    found = triage.since(bench.account, bench.stage, function.name, since)
    return {str(record.get("requestId")) for record in found} & {
        each.request_id for each in failures
    }


def _check(
    bench: Bench,
    function: Called,
    kind: Kind,
    missing: Sequence[Invocation],
    of: int,
    watch: Stopwatch,
) -> Check:
    broken = ""
    if missing:
        why = (
            diagnosis.missing_record(bench.account, function, missing[0], bench.began_ms)
            if kind is Kind.EXCEPTION
            else diagnosis.missing_platform_record(bench.account, function, missing[0])
        )
        broken = f"{why} ({len(missing)} of {of} records missing)"
    return outcome(function.key, kind, Link.RECORDED, broken, watch.lap())
