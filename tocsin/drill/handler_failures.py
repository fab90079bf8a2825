"""What a handler does itself, period by period until an alarm has seen enough: raise, be slow."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from tocsin import names
from tocsin.alarms.kinds.error_rate import KIND as ERROR_RATE
from tocsin.config import ExternalFunction
from tocsin.config.selection import STAGE
from tocsin.drill import record_checks, traffic
from tocsin.drill.alarm_chain import AlarmChain
from tocsin.drill.causes import Cause, Causes
from tocsin.drill.checks import Check, Finding, Kind, Link, RowEnd, Stopwatch, not_shown, outcome
from tocsin.drill.context import Bench, Subject
from tocsin.drill.outcomes import broken_answer
from tocsin.drill.paging import Paging, unmoved
from tocsin.drill.stage_alarms import metric_alarms, patience
from tocsin.drill.traffic import FinishedCall
from tocsin.drill.trouble import AWS_ERRORS, guarded

# Calls to each function and period, at least: two show that it is not one stray call.
CALLS_A_PERIOD = 2
_OTHERS = "what its handler raises is in its own log: its code is another stack's"

Caused = Mapping[str, tuple[Subject, Cause]]
"""By the function's key."""


class Exceptions:
    """The rows ``exception``, and that of the page which they lead to."""

    def __init__(self, bench: Bench, causes: Causes, subjects: list[Subject]) -> None:
        self._bench = bench
        self._causes = causes
        self._subjects = subjects
        self._failing: dict[str, tuple[Subject, Cause]] = {}
        self._chain: AlarmChain | None = None
        self._paging: Paging | None = None

    def begin(self, calm: Callable[[], None]) -> Iterator[Finding]:
        """To be had before anything fails: the alarms calm, the state of the page now.

        ``calm`` is waited for before the recovery of the alarms is.
        """
        yield from _with_cause(
            self._bench, self._causes, Kind.EXCEPTION, self._subjects, self._failing
        )
        if not self._failing:
            return
        subjects = [subject for subject, _ in self._failing.values()]
        self._chain = AlarmChain(
            self._bench, Kind.EXCEPTION, "error-rate", subjects, self._fail, self._relieve, calm
        )
        self._chain.settle()
        if any(_pages(subject) for subject in subjects):
            self._paging = Paging(self._bench)

    def findings(self) -> Iterator[Finding]:
        if self._chain is None:
            return
        watch = Stopwatch()
        of_page: list[Check] = []
        for check in self._chain.checks():
            if _pages(self._failing[check.function][0]):
                of_page.append(check)
            yield check
        for subject, cause in self._failing.values():
            checks = _raised_and_recorded(self._bench, subject, cause, watch)
            yield from guarded(subject.key, Kind.EXCEPTION, Link.RECORDED, checks)
            yield from _row_end(self._bench, subject.key, Kind.EXCEPTION)
        if self._paging is not None:
            if why := unmoved(of_page):
                yield not_shown(STAGE, Kind.PAGE, Link.NOTIFIED, why)
            else:
                with suppress(*AWS_ERRORS):
                    self._until_called_off()
                yield from guarded(STAGE, Kind.PAGE, Link.NOTIFIED, self._paging.checks())
            yield from _row_end(self._bench, STAGE, Kind.PAGE)

    def _relieve(self) -> None:
        relieve(self._bench, self._causes, [subject for subject, _ in self._failing.values()])

    def _until_called_off(self) -> None:
        """Until the page is: alarms that look back for longer may have fired, too."""
        bench = self._bench
        functions = [subject.function for subject in self._subjects]
        longest_s = patience(bench.states(metric_alarms(bench, functions)).values())
        page = {names.stage_health(bench.stage.suffix)}
        bench.let_pass_until("OK", page, longest_s + bench.clock.slack_s, self._relieve)

    def _fail(self) -> None:
        for subject, answer in _send(self._bench, self._failing):
            subject.failures.append(answer)


def relieve(bench: Bench, causes: Causes, subjects: list[Subject], times: int = 1) -> None:
    """Good calls to each: an alarm that keeps its verdict goes back on nothing else."""
    good = [
        (subject.function, cause.make)
        for subject in subjects
        if isinstance(cause := causes.of(subject.function, Kind.SUCCESS), Cause)
        for _ in range(times)
    ]
    traffic.attempt_many(bench.account, good)


def slow_calls(bench: Bench, causes: Causes, subjects: list[Subject]) -> Iterator[Finding]:
    """The rows ``latency``."""
    slow: dict[str, tuple[Subject, Cause]] = {}
    yield from _with_cause(bench, causes, Kind.LATENCY, subjects, slow)
    if not slow:
        return

    def dawdle() -> None:
        # One a period: it takes its time, and a duration needs no volume.
        for _ in _send(bench, slow, 1):
            pass

    watched = [subject for subject, _ in slow.values()]
    chain = AlarmChain(bench, Kind.LATENCY, "latency", watched, dawdle)
    chain.settle()
    yield from chain.checks()
    for subject in watched:
        yield from _row_end(bench, subject.key, Kind.LATENCY)


def _raised_and_recorded(
    bench: Bench, subject: Subject, cause: Cause, watch: Stopwatch
) -> Iterator[Check]:
    wrong = [broken_answer(Kind.EXCEPTION, failure, cause) for failure in subject.failures]
    broken = next((message for message in wrong if message), "")
    if broken and len(wrong) > 1:
        count = sum(bool(message) for message in wrong)
        broken += f" ({count} of {len(wrong)} calls)"
    yield outcome(subject.key, Kind.EXCEPTION, Link.RAISED, broken, watch.lap())
    if broken:
        return
    function = subject.function
    if not isinstance(function, ExternalFunction) or function.answers_drill:
        yield record_checks.of_handler(bench, subject, cause)
    else:
        yield not_shown(subject.key, Kind.EXCEPTION, Link.RECORDED, _OTHERS)


def _row_end(bench: Bench, function: str, kind: Kind) -> Iterator[RowEnd]:
    """Where the alarms are muted, that they tell is still to be seen."""
    if bench.heard:
        yield RowEnd(function, kind)


def _with_cause(
    bench: Bench,
    causes: Causes,
    kind: Kind,
    subjects: list[Subject],
    found: dict[str, tuple[Subject, Cause]],
) -> Iterator[Finding]:
    """Put those that have a cause into ``found``; say of the others why there is none."""

    def look(subject: Subject) -> Iterator[Check]:
        cause = causes.of(subject.function, kind)
        if isinstance(cause, str):
            yield not_shown(subject.key, kind, Link.ALARM, cause)
        else:
            found[subject.key] = (subject, cause)

    for subject in subjects:
        yield from guarded(subject.key, kind, Link.ALARM, look(subject))
        if subject.key not in found:
            yield from _row_end(bench, subject.key, kind)


def _send(
    bench: Bench, caused: Caused, times: int | None = None
) -> Iterator[tuple[Subject, FinishedCall]]:
    """One period's calls, ``times`` of each or enough for the function's guard on volume."""
    calls = [
        (subject, cause)
        for subject, cause in caused.values()
        for _ in range(times or _enough(subject))
    ]
    answers = traffic.attempt_many(
        bench.account, [(subject.function, cause.make) for subject, cause in calls]
    )
    return zip((subject for subject, _ in calls), answers, strict=True)


def _enough(subject: Subject) -> int:
    return max(CALLS_A_PERIOD, ERROR_RATE.of(subject.function).minimum_invocations)


def _pages(subject: Subject) -> bool:
    alarm = subject.fired("error-rate")
    return alarm is not None and alarm.severity == "page"
