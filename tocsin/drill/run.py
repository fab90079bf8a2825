"""The drill: every kind of failure, and each link from it to the people and back."""

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin.alarms.kinds.error_rate import KIND as ERROR_RATE
from tocsin.aws.account import Account
from tocsin.config import ExternalFunction, Function, Stage, Watched
from tocsin.config.selection import STAGE
from tocsin.drill import records, traffic, wiring
from tocsin.drill.alarm_chain import AlarmChain
from tocsin.drill.checks import Check, Kind, Link, Stopwatch, not_shown, outcome
from tocsin.drill.clock import StageClock
from tocsin.drill.context import Bench, Subject
from tocsin.drill.log_path import DrillFunction, LogPath
from tocsin.drill.paging import Paging
from tocsin.drill.probe import subscribed
from tocsin.drill.subscribers import subscribers
from tocsin.drill.topics import Topics
from tocsin.drill.traffic import Called, Invocation
from tocsin.exceptions import InputError

# Calls to each function and period, at least: two show that it is not one stray call.
CALLS_A_PERIOD = 2
KINDS = tuple(kind for kind in Kind if kind not in (Kind.WIRING, Kind.PAGE))
_AT_ONCE = 8  # A new account runs ten invocations at a time; the collector's are among them.
_NO_EVENT = "monitoring.yml declares no drill event for it"
_DISABLED = "the alarm is disabled in monitoring.yml"
_NO_THROTTLE = (
    "nobody's calls are turned away for a drill, so that no throttle was there for the alarm to "
    "see; its state was set instead"
)
_NO_IMPORT_ERROR = (
    "a function that live callers share is not broken for a drill; the failed start of the drill's "
    "own function shows the way that its log would take"
)

Event = dict[str, Any]


def drill(
    account: Account,
    stage: Stage,
    topics: Topics,
    clock: StageClock,
    functions: Sequence[Watched],
    only: Collection[Kind] = KINDS,
    on_check: Callable[[Check], None] = lambda check: None,
) -> list[Check]:
    """Run the kinds in ``only`` over ``functions``; ``on_check`` hears of each check as it ends.

    No setting of a function is changed. The probe's queue and subscription are removed also when
    the drill fails or is interrupted.
    """
    done: list[Check] = []
    known = [
        Subject(each, each.alarm_names(stage.suffix)) for each in functions if _may_be_called(each)
    ]
    others = [
        Subject(each, each.alarm_names(stage.suffix))
        for each in functions
        if not _may_be_called(each)
    ]
    with subscribed(account, stage, topics.alerts, topics.pages) as probe:
        run = _Run(Bench(account, stage, topics, clock, probe), known, others)
        for check in run.checks(only):
            done.append(check)
            on_check(check)
    return done


def kinds(text: str) -> tuple[Kind, ...]:
    """The kinds named in ``--only``, separated by commas; all where it is empty.

    Raises:
        InputError: a name is no kind.
    """
    names = [each.strip() for each in text.split(",") if each.strip()]
    unknown = [each for each in names if each not in KINDS]
    if unknown:
        raise InputError(f"--only: found {', '.join(unknown)}; accepted: {', '.join(KINDS)}")
    return tuple(Kind(each) for each in names) or KINDS


@dataclass(frozen=True)
class _Run:
    bench: Bench
    subjects: list[Subject]
    # Functions of other stacks that nobody gave events for: only their alarms' wiring is looked at.
    uncalled: list[Subject]

    def checks(self, only: Collection[Kind]) -> Iterator[Check]:
        # boto3 makes clients safely on one thread only.
        self.bench.account.client("lambda")
        self.bench.account.client("lambda", invoking=True)
        if Kind.SUBSCRIBERS in only:
            yield from subscribers(self.bench.account, self.bench.stage, self.bench.topics)
        # The platform's failures first: their alarms calm down while the handlers' are looked at.
        if Kind.SUCCESS in only:
            yield from self._success()
        yield from self._platform([kind for kind in _EVENT_OF if kind in only])
        if Kind.IMPORT_ERROR in only:
            yield from self._import_error()
        if Kind.EXCEPTION in only:
            yield from self._exception()
        if Kind.LATENCY in only:
            yield from self._latency()
        if Kind.THROTTLE in only:
            yield from self._throttle()
        for subject in self.uncalled:
            for kind, alarm in _WIRED_OF_UNCALLED.items():
                if kind in only and alarm in subject.alarms:
                    yield wiring.check_alarm(self.bench, subject.key, kind, subject.alarms[alarm])

    def _success(self) -> Iterator[Check]:
        for subject in self.subjects:
            event = subject.function.drill.success
            if event is None:
                yield not_shown(subject.key, Kind.SUCCESS, Link.ANSWERED, _NO_EVENT)
                continue
            watch = Stopwatch()
            answer = traffic.invoke(self.bench.account, subject.function, event)
            broken = f"invoke -> handler: {answer.error} {answer.payload}" if answer.error else ""
            yield outcome(subject.key, Kind.SUCCESS, Link.ANSWERED, broken, watch.lap())

    def _platform(self, kinds: Sequence[Kind]) -> Iterator[Check]:
        """Failures that end the process: all functions at once, since a timeout takes its time."""
        made: list[tuple[Subject, Kind, Event]] = []
        for subject in self.subjects:
            for kind in kinds:
                event = _EVENT_OF[kind](subject.function)
                if event is None:
                    yield not_shown(subject.key, kind, Link.RECORDED, _NO_EVENT)
                else:
                    made.append((subject, kind, event))
        calls = [(subject.function, event) for subject, _, event in made]
        answers = traffic.invoke_many(self.bench.account, calls, _AT_ONCE)
        for (subject, kind, event), answer in zip(made, answers, strict=True):
            yield from self._ended(subject.function, kind, answer, answer.seconds, f"event {event}")

    def _import_error(self) -> Iterator[Check]:
        """Seen of the drill's own function: nobody's is broken for it, since live callers share it.

        Of each function it is seen that its log takes the same way.
        """
        stage = DrillFunction.of(self.bench.stage, STAGE)
        client = self.bench.account.client("lambda", invoking=True)
        watch = Stopwatch()
        try:
            answer = traffic.invoke(self.bench.account, stage, {})
        except client.exceptions.ResourceNotFoundException:
            broken = f"stack -> function: {stage.name} is not deployed; `invoke deploy` makes it"
            yield outcome(STAGE, Kind.IMPORT_ERROR, Link.RAISED, broken, watch.lap())
        else:
            yield from self._ended(
                stage, Kind.IMPORT_ERROR, answer, answer.seconds, "one that cannot start"
            )
        path = LogPath(self.bench.account, self.bench.stage, self.bench.topics.alerts)
        for subject in (*self.subjects, *self.uncalled):
            watch.lap()
            broken = path.broken(subject.function)
            yield outcome(subject.key, Kind.IMPORT_ERROR, Link.SUBSCRIBED, broken, watch.lap())
            yield not_shown(subject.key, Kind.IMPORT_ERROR, Link.RECORDED, _NO_IMPORT_ERROR)

    def _ended(
        self, function: Called, kind: Kind, answer: Invocation, seconds: float, cause: str
    ) -> Iterator[Check]:
        broken = "" if answer.error else f"invoke -> handler: {cause} succeeded"
        yield outcome(function.key, kind, Link.RAISED, broken, seconds)
        if answer.error:
            yield records.of_platform(self.bench, function, kind, [answer])

    def _exception(self) -> Iterator[Check]:
        failing = yield from self._with_event(Kind.EXCEPTION, lambda each: each.drill.failure)
        if not failing:
            return

        def fail() -> None:
            for subject, answer in self._send(failing):
                subject.failures.append(answer)

        watch = Stopwatch()
        subjects = list(failing.values())

        def succeed() -> None:
            self._succeed([subject for subject, _ in subjects])

        chain = AlarmChain(
            self.bench,
            Kind.EXCEPTION,
            "error-rate",
            [subject for subject, _ in subjects],
            fail,
            succeed,
        )
        # The failures before these count as well, and may have paged already.
        chain.settle()
        paging = Paging(self.bench)
        alarm_checks = list(chain.checks())
        seconds = watch.lap()
        for subject, event in subjects:
            quiet = sum(not each.error for each in subject.failures)
            broken = (
                f"invoke -> handler: {quiet} of {len(subject.failures)} forced failures "
                f"succeeded (event {event}, see drill in monitoring.yml)"
                if quiet
                else ""
            )
            yield outcome(subject.key, Kind.EXCEPTION, Link.RAISED, broken, seconds)
            if broken:
                continue
            if isinstance(subject.function, Function):
                yield records.of_handler(self.bench, subject)
            else:
                why = "what its handler raises is in its own log: its code is another stack's"
                yield not_shown(subject.key, Kind.EXCEPTION, Link.RECORDED, why)
        yield from alarm_checks
        if any("error-rate" in each.alarms and _pages(each) for each, _ in subjects):
            yield from paging.checks()

    def _succeed(self, subjects: Sequence[Subject]) -> None:
        """One good call to each that has an event for it."""
        calls = [
            (subject.function, subject.function.drill.success)
            for subject in subjects
            if subject.function.drill.success is not None
        ]
        traffic.invoke_many(self.bench.account, calls)

    def _latency(self) -> Iterator[Check]:
        slow = yield from self._with_event(Kind.LATENCY, lambda each: each.drill.slow)
        if slow:
            subjects = [subject for subject, _ in slow.values()]
            yield from AlarmChain(
                self.bench, Kind.LATENCY, "latency", subjects, lambda: _consume(self._send(slow))
            ).checks()

    def _throttle(self) -> Iterator[Check]:
        """By the alarm's state: to be throttled, a function would have to turn its callers away."""
        for subject in (*self.subjects, *self.uncalled):
            if "throttles" not in subject.alarms:
                yield not_shown(subject.key, Kind.THROTTLE, Link.ALARM, _DISABLED)
                continue
            yield not_shown(subject.key, Kind.THROTTLE, Link.ALARM, _NO_THROTTLE)
            name = subject.alarms["throttles"]
            yield wiring.check_alarm(self.bench, subject.key, Kind.THROTTLE, name)

    def _with_event(
        self, kind: Kind, event_of: Callable[[Watched], Event | None]
    ) -> Generator[Check, None, dict[str, tuple[Subject, Event]]]:
        """Yield that a subject without an event is skipped; return those that have one, by key."""
        found: dict[str, tuple[Subject, Event]] = {}
        for subject in self.subjects:
            event = event_of(subject.function)
            if event is None:
                yield not_shown(subject.key, kind, Link.ALARM, _NO_EVENT)
            else:
                found[subject.key] = (subject, event)
        return found

    def _send(
        self, subjects: Mapping[str, tuple[Subject, Event]]
    ) -> Iterator[tuple[Subject, Invocation]]:
        """One period's calls, enough for the function's guard on volume."""
        calls = [
            (subject, event)
            for subject, event in subjects.values()
            for _ in range(max(CALLS_A_PERIOD, ERROR_RATE.of(subject.function).minimum_invocations))
        ]
        answers = traffic.invoke_many(
            self.bench.account, [(subject.function, event) for subject, event in calls]
        )
        return zip((subject for subject, _ in calls), answers, strict=True)


_WIRED_OF_UNCALLED = {Kind.EXCEPTION: "error-rate", Kind.LATENCY: "latency"}


def _may_be_called(function: Watched) -> bool:
    return not isinstance(function, ExternalFunction) or function.has_drill_events


_EVENT_OF: dict[Kind, Callable[[Watched], Event | None]] = {
    Kind.TIMEOUT: lambda function: function.drill.timeout,
    Kind.MEMORY: lambda function: function.drill.memory,
    Kind.EXIT: lambda function: function.drill.exit,
}


def _pages(subject: Subject) -> bool:
    return subject.function.alarm("error-rate").severity == "page"


def _consume(answers: Iterator[object]) -> None:
    for _ in answers:
        pass
