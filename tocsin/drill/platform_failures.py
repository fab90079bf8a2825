"""Failures that end the process, which only the platform sees: time-out, memory, exit, no start."""

import threading
from collections.abc import Iterator

from tocsin.config import ExternalFunction
from tocsin.config.selection import STAGE
from tocsin.drill import record_checks, traffic
from tocsin.drill.causes import Cause, Causes
from tocsin.drill.checks import Check, Kind, Link, Stopwatch, not_shown, outcome
from tocsin.drill.context import Bench, Subject
from tocsin.drill.log_path import DrillFunction, LogPath
from tocsin.drill.outcomes import broken_answer
from tocsin.drill.traffic import Called, FinishedCall

PLATFORM = (Kind.TIMEOUT, Kind.MEMORY, Kind.EXIT)
"""In the order in which they are begun: a time-out takes longest."""

_NO_IMPORT_ERROR = (
    "a function that live callers share is not broken for a drill; the failed start of the drill's "
    "own function shows the way that its log would take"
)
_NO_LOG_GROUP = (
    "it had not run before this deploy, and Lambda makes the log group then: no subscription yet; "
    "deploy again"
)
TIME_FIRST = "its time was over before its memory was full"


class Calls:
    """How many calls are still to end: what they raise counts in alarms until then."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._changed = threading.Condition()

    def ended(self) -> None:
        with self._changed:
            self._left -= 1
            self._changed.notify_all()

    def wait(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._left <= 0)


def platform_failure(
    bench: Bench, causes: Causes, subject: Subject, kind: Kind, calls: Calls
) -> Iterator[Check]:
    """The row ``kind`` of one function; ``calls`` hears of the end of its call."""
    watch = Stopwatch()
    try:
        if _has_no_log(subject):
            yield not_shown(subject.key, kind, Link.RECORDED, _NO_LOG_GROUP)
            return
        cause = causes.of(subject.function, kind)
        if isinstance(cause, str):
            yield not_shown(subject.key, kind, Link.RECORDED, cause)
            return
        answer = traffic.attempt(bench.account, subject.function, cause.make())
    finally:
        calls.ended()
    yield from ended(bench, subject.function, kind, answer, cause, watch)


def failed_start(bench: Bench) -> Iterator[Check]:
    """Seen of the drill's own function: nobody's is broken for it, since live callers share it."""
    function = DrillFunction.of(bench.stage, STAGE)
    watch = Stopwatch()
    answer = traffic.attempt(bench.account, function, {})
    yield from ended(bench, function, Kind.IMPORT_ERROR, answer, None, watch)


def start_recorded(path: LogPath, subject: Subject) -> Iterator[Check]:
    """The row ``import-error`` of one function: that its log takes the way of the drill's own."""
    if _has_no_log(subject):
        yield not_shown(subject.key, Kind.IMPORT_ERROR, Link.SUBSCRIBED, _NO_LOG_GROUP)
        return
    watch = Stopwatch()
    broken = path.broken(subject.function)
    yield outcome(subject.key, Kind.IMPORT_ERROR, Link.SUBSCRIBED, broken, watch.lap())
    yield not_shown(subject.key, Kind.IMPORT_ERROR, Link.RECORDED, _NO_IMPORT_ERROR)


def _has_no_log(subject: Subject) -> bool:
    """Whether its log group was not there when the stage was put together: nothing reads it."""
    function = subject.function
    return isinstance(function, ExternalFunction) and not function.has_log_group


def ended(
    bench: Bench,
    function: Called,
    kind: Kind,
    answer: FinishedCall,
    cause: Cause | None,
    watch: Stopwatch,
) -> Iterator[Check]:
    """Whether the call failed as it should have, and has its record."""
    if kind is Kind.MEMORY and not broken_answer(Kind.TIMEOUT, answer, cause):
        yield not_shown(function.key, kind, Link.RAISED, TIME_FIRST)
        return
    broken = broken_answer(kind, answer, cause)
    yield outcome(function.key, kind, Link.RAISED, broken, watch.lap())
    if not broken:
        yield record_checks.of_platform(bench, function, kind, answer)
