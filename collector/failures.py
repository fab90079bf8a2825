"""The facts of a log stream -> the failures in it, each once.

Lambda says one failure in several lines. The one that counts is the REPORT: there is exactly one
for each attempt (a retry has the same request id), so a failure is named by its REPORT alone,
and the other lines only tell what happened. Lines whose REPORT says nothing (older formats, and
errors around a handler) stand for themselves.

What is found follows from the set of the facts, not from the order in which they became known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from collector.batch import Batch
from collector.calls import SAME_END_MS, LoggedCalls
from collector.lines import AROUND_THE_HANDLER, read
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

OUT_OF_MEMORY = "Runtime.OutOfMemory"
TIMED_OUT = "Sandbox.Timedout"
EXITED = "Runtime.ExitError"

# What the platform itself finds wrong, as against what a handler raised.
_PLATFORMS_OWN = ("Runtime.", "Sandbox.", "Extension.", "Function.ResponseSizeTooLarge")
_ANYBODYS = ("Runtime.Unknown", "Function.Unknown", "")
# Clocks of the platform's lines and of the function differ by less: what the function recorded so
# much before or after an attempt is of that attempt.
SLACK_MS = 1_000
# Lines about one failure are not further apart: the longest way is through an Init of ten
# seconds that fails and is repeated.
REACH_MS = 20_000
# Which fact comes first where two have the same millisecond.
_ORDER = (RuntimeFault, InitFailed, Started, RecordedElsewhere, Ended, Finished, Report)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt. ``at`` (epoch ms) is the time of the line that names it.

    ``named_by`` is the request id in that line, ``stack`` what the runtime printed, empty where
    nothing was; ``in_init`` tells that the handler was never called.
    """

    at: int
    error_type: str
    message: str
    request_id: str = ""
    stack: str = ""
    report: Report | None = None
    in_init: bool = False
    named_by: str = ""

    @property
    def began(self) -> int:
        """When the attempt began at the latest, in epoch ms."""
        duration = self.report.duration_ms if self.report is not None else None
        return max(0, self.at - int(duration or 0) - SLACK_MS)


def failures(batch: Batch) -> list[Failure]:
    """The failures that ``batch`` tells of, except those that errorlog told of in it."""
    return found(fact for line in batch.lines if (fact := read(line)) is not None)


def found(known: Iterable[Fact]) -> list[Failure]:
    """The failures in what is ``known`` of a stream, oldest first; each fact counts once."""
    facts = in_order(known)
    recorded: dict[str, list[RecordedElsewhere]] = {}
    for fact in facts:
        if isinstance(fact, RecordedElsewhere):
            recorded.setdefault(fact.request_id, []).append(fact)
    return [
        failure
        for failure in _all(facts)
        if not any(_is_of(said, failure) for said in recorded.get(failure.request_id, ()))
    ]


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Each of ``facts`` once, oldest first."""
    return sorted(set(facts), key=lambda fact: (fact.at, _ORDER.index(type(fact)), repr(fact)))


def _is_of(said: RecordedElsewhere, failure: Failure) -> bool:
    return max(failure.began, failure.at - REACH_MS) <= said.at <= failure.at + SLACK_MS


def _all(facts: Sequence[Fact]) -> Iterator[Failure]:
    calls = LoggedCalls(facts)
    told: set[Fact] = set()  # lines that tell of a REPORT's failure
    init_failed_at: int | None = None
    faults: list[RuntimeFault] = []
    ends: dict[str, list[Ended]] = {}
    for fact in facts:
        if isinstance(fact, Ended) and calls.may_say(fact):
            ends.setdefault(fact.request_id, []).append(fact)
    for fact in facts:
        if isinstance(fact, InitFailed):
            init_failed_at = fact.at
        elif isinstance(fact, RuntimeFault):
            faults.append(fact)
        elif isinstance(fact, Report) and calls.is_last(fact):
            ended = _end_of(fact, ends.get(fact.request_id, []))
            init_failed = init_failed_at is not None and fact.at - init_failed_at <= REACH_MS
            fault = _fault_of(fact, faults, init_failed)
            failure = (
                _reported(fact, ended, fault, init_failed)
                if fact.failed
                else _unreported(fact, ended, fault)
            )
            # A REPORT has the last word on its call, also where it says that nothing was wrong.
            told.update(end for end in ends.get(fact.request_id, []) if _is_near(end, fact))
            if fault is not None:
                told.add(fault)
            if fact.failed:
                # What else a logger wrote in the same call; an error around a handler fails none.
                told.update(said for said in faults if calls.is_within(said, fact))
            if failure is not None:
                yield failure
            faults, init_failed_at = [], None
    for fact in facts:
        if fact in told:
            continue
        if isinstance(fact, Ended) and fact in ends.get(fact.request_id, []):
            yield _ended(fact, None)
        elif isinstance(fact, RuntimeFault) and _stands_for_itself(fact):
            yield _faulty(fact, None)


def _fault_of(
    report: Report, faults: Sequence[RuntimeFault], init_failed: bool
) -> RuntimeFault | None:
    """The last fault before the REPORT that may be its own; a failed Init prints its twice."""
    for fault in reversed(faults):
        if report.at - fault.at > REACH_MS:
            return None
        if fault.request_id in ("", report.request_id) and _names(report, fault, init_failed):
            return fault
    return None


def _names(report: Report, fault: RuntimeFault, init_failed: bool) -> bool:
    """Whether the REPORT's own type leaves room for ``fault``, which a logger may have written."""
    said = report.error_type
    if said in _ANYBODYS or said == fault.error_type or not report.failed:
        return True
    return said == EXITED and init_failed  # of older runtimes, which leave after such an Init


def _end_of(report: Report, ends: Sequence[Ended]) -> Ended | None:
    """The line about the end of this attempt, before its REPORT or right after it.

    ``ends`` are those of its request, of which there may have been several attempts.
    """
    near = [end for end in ends if _is_near(end, report) and _agrees(end, report)]
    return min(near, key=lambda end: (abs(end.at - report.at), end.at), default=None)


def _is_near(end: Ended, report: Report) -> bool:
    return abs(end.at - report.at) <= SAME_END_MS


def _agrees(end: Ended, report: Report) -> bool:
    """Whether the platform can have said both: a call that took 12 ms did not run for 3 s."""
    if report.failed:
        return True
    if end.after_report and end.at < report.at:
        return False
    return report.duration_ms is None or report.duration_ms >= end.seconds * 1_000 - 50


def _reported(
    report: Report, ended: Ended | None, fault: RuntimeFault | None, init_failed: bool
) -> Failure | None:
    """The failure that a REPORT with a failing status names; None for a handler's own."""
    if report.status == "timeout":
        return _timed_out(report, ended)
    killed = ended is not None and "signal: killed" in ended.text
    if report.error_type == OUT_OF_MEMORY or killed:
        return _out_of_memory(report)
    if fault is not None:
        return _faulty(fault, report)
    if ended is None and not init_failed and not _is_platforms_own(report):
        return None  # an exception, in the JSON format: errorlog saw it
    if report.error_type == EXITED and report.memory_is_full:
        return _out_of_memory(report)
    error_type = report.error_type or (ended.error_type if ended is not None else EXITED)
    message = ended.text if ended is not None else f"Lambda reports {error_type}"
    return Failure(
        report.at,
        error_type,
        message,
        report.request_id,
        report=report,
        in_init=init_failed,
        named_by=report.request_id,
    )


def _unreported(report: Report, ended: Ended | None, fault: RuntimeFault | None) -> Failure | None:
    """The failure around a REPORT without a failing status."""
    if ended is not None:
        return _ended(ended, report)
    if fault is not None and _stands_for_itself(fault):
        return _faulty(fault, report)
    return None


def _stands_for_itself(fault: RuntimeFault) -> bool:
    """Whether no REPORT says that the call failed: only the text format leaves that out."""
    return fault.error_type in AROUND_THE_HANDLER and not fault.request_id


def _is_platforms_own(report: Report) -> bool:
    if report.told_apart:
        return True
    return report.error_type.startswith(_PLATFORMS_OWN) and report.error_type not in _ANYBODYS


def _timed_out(report: Report, ended: Ended | None) -> Failure:
    seconds = (report.duration_ms or 0) / 1000
    said = ended is not None and ended.seconds > 0
    message = ended.text if ended and said else f"Task timed out after {seconds:.2f} seconds"
    if report.memory_is_full:
        # A function that runs out of memory often does not die of it but crawls.
        full = f"{message}, with memory full: {report.used_mb} of {report.memory_mb} MB"
        return _named(report, OUT_OF_MEMORY, full)
    return _named(report, TIMED_OUT, message)


def _out_of_memory(report: Report) -> Failure:
    return _named(
        report, OUT_OF_MEMORY, f"Out of memory: {report.used_mb} of {report.memory_mb} MB used"
    )


def _named(report: Report, error_type: str, message: str) -> Failure:
    request = report.request_id
    return Failure(report.at, error_type, message, request, report=report, named_by=request)


def _faulty(fault: RuntimeFault, report: Report | None) -> Failure:
    around = fault.error_type in AROUND_THE_HANDLER
    # An ordinary REPORT is not in every batch, so it must not name the failure.
    named_by = report if report is not None and report.failed else fault
    return Failure(
        named_by.at,
        fault.error_type,
        fault.message,
        report.request_id if report is not None else fault.request_id,
        fault.stack,
        report,
        in_init=not around,
        named_by=named_by.request_id,
    )


def _ended(ended: Ended, report: Report | None) -> Failure:
    """Told by the line itself: its REPORT has no status, or is not here."""
    error_type, message = ended.error_type, ended.text
    if "signal: killed" in message:
        error_type = OUT_OF_MEMORY
    if report is not None and report.memory_is_full:
        error_type = OUT_OF_MEMORY
        message += f", with memory full: {report.used_mb} of {report.memory_mb} MB"
    return Failure(
        ended.at, error_type, message, ended.request_id, report=report, named_by=ended.request_id
    )
