"""Which call a log stream is about at which time, and which of its lines are then believed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from collector.log_facts import (
    Ended,
    Fact,
    Finished,
    Report,
    RuntimeFault,
    Started,
)

# Between the line about an end and its END and REPORT the environment is shut down, which takes 2 s
# at most; a retry of the same request comes a minute later.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
SAME_END_MS = 5_000
# A call's START and its REPORT are further apart than it took, but for so much.
_JITTER_MS = 50
# So many calls are looked at for the one that printed another: no promise, a bound on the work.
_MOST_AT_A_TIME = 100
_LONGEST_MS = 15 * 60_000 + SAME_END_MS


class LoggedCalls:
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
        begun: dict[int, int] = {}  # when the last call that began in a millisecond ends
        for fact in facts:
            if isinstance(fact, Started):
                begun[fact.at] = max(begun.get(fact.at, 0), self._over(fact))
        for fact in facts:
            if isinstance(fact, Started) and self._can_begin(fact, begun[fact.at]):
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

    def is_within(self, fault: RuntimeFault, report: Report) -> bool:
        """Whether ``fault`` was written in the attempt of ``report``, whose START is known."""
        began = _newest(self._starts_of.get(report.request_id, ()), report.at)
        return 0 <= began <= fault.at

    def _is_over(self, ended: Ended) -> bool:
        ends = self._ends.get(ended.request_id, ())
        return _newest(ends, ended.at + SAME_END_MS) >= ended.at - SAME_END_MS

    def is_last(self, report: Report) -> bool:
        """Whether ``report`` is its attempt's: of several, the others were printed before it."""
        if not self.may_say(report):
            return False
        return self._last[report.request_id, self._began(report)] is report

    def _over(self, start: Started) -> int:
        """When the call of ``start`` is over; 0 where that is not known."""
        end = _newest(self._ends.get(start.request_id, ()), start.at + _LONGEST_MS)
        return end if end >= start.at else 0

    def _can_begin(self, start: Started, last_over: int) -> bool:
        if not self._several and self._over(start) < last_over:
            return False  # printed in the millisecond in which the call began that printed it
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
