"""The facts of a log stream -> the failures in it, each once.

Lambda says one failure in several lines. The one that counts is the REPORT: there is exactly one
for each attempt (a retry has the same request id), so a failure is named by its REPORT alone,
and the other lines only tell what happened. Lines whose REPORT says nothing (older formats, and
errors around a handler) stand for themselves.

What is found follows from the set of the facts, not from the order in which they became known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from collector.batch import Batch
from collector.lines import (
    AROUND_THE_HANDLER,
    Ended,
    Fact,
    Finished,
    InitFailed,
    RecordedElsewhere,
    Report,
    RuntimeFault,
    Started,
    read,
)

OUT_OF_MEMORY = "Runtime.OutOfMemory"
TIMED_OUT = "Sandbox.Timedout"
EXITED = "Runtime.ExitError"

# What the platform itself finds wrong, as against what a handler raised.
_PLATFORMS_OWN = ("Runtime.", "Sandbox.", "Extension.", "Function.ResponseSizeTooLarge")
_ANYBODYS = ("Runtime.Unknown", "Function.Unknown", "")
# Clocks of the platform's lines and of the function differ by little.
SLACK_MS = 1_000
# A retry of the same request comes later than that.
_SAME_END_MS = 5_000
# Lines about one failure are not further apart: the longest way is through an Init of ten
# seconds that fails and is repeated.
REACH_MS = 20_000
# A call's START and its REPORT are further apart than it took, but for so much.
_JITTER_MS = 50
_MOST_AT_A_TIME = 100
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
    calls = _Calls(facts)
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
            ended, fault = _end_of(fact, ends.get(fact.request_id, [])), _fault_of(fact, faults)
            init_failed = init_failed_at is not None and fact.at - init_failed_at <= REACH_MS
            failure = (
                _reported(fact, ended, fault, init_failed)
                if fact.failed
                else _unreported(fact, ended, fault)
            )
            # A REPORT has the last word on its call, also where it says that nothing was wrong.
            told.update(end for end in ends.get(fact.request_id, []) if _is_near(end, fact))
            if fault is not None:
                told.add(fault)
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


class _Calls:
    """Which invocation the stream is about at which time, as far as its START lines are known.

    A function prints what it likes, and what another function answered, or its whole log, reads
    as the platform's own lines do. But such a line has another request id than the call that
    runs here, and a call begins only after the one before it has ended.
    """

    def __init__(self, facts: Sequence[Fact]) -> None:
        # The newer JSON format is also that of environments with several calls at a time.
        self._several = any(isinstance(fact, Report) and not fact.told_apart for fact in facts)
        self._ends: dict[str, list[int]] = {}
        self._starts: list[Started] = []
        self._starts_of: dict[str, list[int]] = {}
        for fact in facts:
            if isinstance(fact, Finished | Report):
                self._ends.setdefault(fact.request_id, []).append(fact.at)
        for fact in facts:
            if isinstance(fact, Started) and self._can_begin(fact):
                self._starts.append(fact)
                self._starts_of.setdefault(fact.request_id, []).append(fact.at)
        self._last: dict[tuple[str, int], Report] = {}
        for fact in facts:
            if isinstance(fact, Report) and self.may_say(fact):
                self._last[fact.request_id, self._began(fact)] = fact

    def may_say(self, fact: Ended | Report) -> bool:
        """Whether ``fact`` can be about the call that was under way, or had just ended."""
        before = bisect_right(self._starts, fact.at, key=_at)
        if not before:
            return True
        began = _newest(self._starts_of.get(fact.request_id, ()), fact.at)
        newest = 0 if self._several else self._starts[before - 1].at
        if newest > began:
            return False
        # With the platform's line about an end comes END: without it, the call goes on.
        return self._took_as_long(fact, began) if isinstance(fact, Report) else self._is_over(fact)

    def _took_as_long(self, report: Report, began: int) -> bool:
        """Whether the call took the time that its REPORT says, where that tells anything.

        Several calls at a time may lie within one another, and so does the whole log of another
        function's call that is printed in one; but its lines are printed all at once.
        """
        if not self._several or report.at - began + _JITTER_MS >= (report.duration_ms or 0):
            return True
        before = bisect_right(self._starts, began, key=_at)
        return not any(
            start.request_id != report.request_id
            and _newest(self._ends.get(start.request_id, ()), report.at) < start.at
            for start in self._starts[max(0, before - _MOST_AT_A_TIME) : before]
        )

    def _is_over(self, ended: Ended) -> bool:
        ends = self._ends.get(ended.request_id, ())
        return _newest(ends, ended.at + _SAME_END_MS) >= ended.at - _SAME_END_MS

    def is_last(self, report: Report) -> bool:
        """Whether ``report`` is its attempt's: of several, the others were printed before it."""
        if not self.may_say(report):
            return False
        return self._last[report.request_id, self._began(report)] is report

    def _can_begin(self, start: Started) -> bool:
        if self._several or not self._starts or self._starts[-1].request_id == start.request_id:
            return True
        before = self._starts[-1]
        ended = _newest(self._ends.get(before.request_id, ()), start.at)
        # A call that begins and ends in the millisecond in which the one before it ends was
        # printed by that one.
        printed = ended == start.at and start.at in self._ends.get(start.request_id, ())
        return ended >= before.at and not printed

    def _began(self, report: Report) -> int:
        """What tells attempts apart: the START before, or the REPORT itself where none is known."""
        began = _newest(self._starts_of.get(report.request_id, ()), report.at)
        return began if began >= 0 else report.at


def _at(fact: Fact) -> int:
    return fact.at


def _newest(times: Sequence[int], until: int) -> int:
    """The last of ``times``, in order, that is not after ``until``; -1 where there is none."""
    index = bisect_right(times, until)
    return times[index - 1] if index else -1


def _fault_of(report: Report, faults: Sequence[RuntimeFault]) -> RuntimeFault | None:
    """The last fault before the REPORT that may be its own; a failed Init prints its twice."""
    for fault in reversed(faults):
        if report.at - fault.at > REACH_MS:
            return None
        if fault.request_id in ("", report.request_id):
            return fault
    return None


def _end_of(report: Report, ends: Sequence[Ended]) -> Ended | None:
    """The line about the end of this attempt, before its REPORT or right after it.

    ``ends`` are those of its request, of which there may have been several attempts.
    """
    near = [end for end in ends if _is_near(end, report) and _agrees(end, report)]
    return min(near, key=lambda end: (abs(end.at - report.at), end.at), default=None)


def _is_near(end: Ended, report: Report) -> bool:
    return abs(end.at - report.at) <= _SAME_END_MS


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
