"""The drill: every kind of failure, and each link from it to the people and back."""

import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import ExternalFunction, Stage, Watched
from tocsin.config.selection import STAGE
from tocsin.drill import wiring
from tocsin.drill.announced import announced
from tocsin.drill.answering import answering
from tocsin.drill.audience import NOBODY, Audience, announce
from tocsin.drill.causes import Causes
from tocsin.drill.checks import Check, Finding, Kind, Link, RowEnd, not_shown
from tocsin.drill.context import Bench, LimitReached, Subject
from tocsin.drill.drill_clock import DrillClock
from tocsin.drill.failed_answers import failed_answer, reported
from tocsin.drill.handler_failures import Exceptions, relieve, slow_calls
from tocsin.drill.leftovers import clear_probes
from tocsin.drill.log_path import LogPath
from tocsin.drill.mute import NotMuted
from tocsin.drill.platform_failures import (
    PLATFORM,
    Calls,
    failed_start,
    platform_failure,
    start_recorded,
)
from tocsin.drill.probe import subscribed
from tocsin.drill.quiet import Quiet
from tocsin.drill.settled import let_settle
from tocsin.drill.side_by_side import Overdue, side_by_side
from tocsin.drill.stage_alarms import set_right
from tocsin.drill.state_rows import StateRows
from tocsin.drill.subscribers import subscribers
from tocsin.drill.topics import Topics
from tocsin.drill.trouble import row
from tocsin.exceptions import InputError

KINDS = tuple(kind for kind in Kind if kind is not Kind.PAGE)
# A new account runs ten invocations at a time; the collector's are among them.
_AT_ONCE = 6
_GOOD_CALLS_A_FAILURE = 4

Tell = Callable[[Finding], None]


def drill(
    account: Account,
    stage: Stage,
    topics: Topics,
    clock: DrillClock,
    functions: Sequence[Watched],
    only: Collection[Kind] = KINDS,
    tell: Tell = lambda finding: None,
    limit_s: int | None = None,
) -> list[Check]:
    """Run the kinds in ``only`` over ``functions``; ``tell`` hears of each check as it is known.

    No setting of a function is changed. What the drill makes is removed also when it fails or is
    interrupted. Where AWS fails, a check does, and not the drill.

    Raises:
        LimitReached: it was not done after ``limit_s`` seconds.
    """
    done: list[Check] = []
    deadline = None if limit_s is None else time.monotonic() + limit_s
    called: list[Subject] = []
    uncalled: list[Subject] = []
    for function in functions:
        subject = Subject(function, function.alarm_definitions(stage.suffix, stage.name))
        (called if _may_be_called(function) else uncalled).append(subject)
    # boto3 makes clients safely on one thread only.
    for service in ("lambda", "logs", "dynamodb", "cloudwatch", "sns", "sqs"):
        account.client(service)
    account.client("lambda", invoking=True)
    let_settle(account, stage, clock)
    clear_probes(account, stage, (topics.alerts, topics.pages))
    failing = [subject.function for subject in called]
    with (
        announced(account, stage, failing),
        subscribed(account, stage, topics.alerts, topics.pages) as probe,
    ):
        bench = Bench(account, stage, topics, clock, probe, deadline=deadline)
        set_right(bench)
        run = _Run(bench, called, uncalled, only)
        try:
            # Closed whatever happens, so that what it holds is given back before the probe is.
            with closing(run.findings()) as findings:
                for finding in findings:
                    if isinstance(finding, Check):
                        done.append(finding)
                    tell(finding)
        except Overdue:
            raise LimitReached("the limit was reached while calls were under way") from None
    return done


def kinds(text: str) -> tuple[Kind, ...]:
    """The kinds named in ``--only``, separated by commas; all where it is empty.

    Raises:
        InputError: a name is no kind.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        found = ", ".join(map(repr, unknown))
        raise InputError(f"--only: found {found}; accepted: {', '.join(KINDS)}")
    return tuple(Kind(name) for name in names) or KINDS


class _Run:
    """``uncalled`` are functions of other stacks that nobody gave events or the drill's key."""

    def __init__(
        self,
        bench: Bench,
        called: list[Subject],
        uncalled: list[Subject],
        only: Collection[Kind],
    ) -> None:
        self._bench = bench
        self._called = called
        self._uncalled = uncalled
        self._only = only
        self._causes = Causes(bench.account)

    def findings(self) -> Generator[Finding, None, None]:
        """What is found, as it is found; rows end in the order in which they are known."""
        bench = self._bench
        if Kind.SUBSCRIBERS in self._only:
            checks = subscribers(bench.account, bench.stage, bench.topics)
            yield from row(STAGE, Kind.SUBSCRIBERS, Link.CONFIRMED, checks)
        yield from self._answering()
        audience = Audience.of(bench.account, bench.topics)
        if not audience.subscribed:
            yield from self._failures(bench)
            yield from self._states(bench)
            return
        if bench.stage.drill_notify:
            announce(bench)
        yield from self._unheard(audience)

    def _unheard(self, audience: Audience) -> Iterator[Finding]:
        """The same where others listen: none of them is told of what the drill brings about.

        That an alarm tells is then seen by setting its state, of which only the probe hears.
        """
        bench = self._bench
        functions = [subject.function for subject in (*self._called, *self._uncalled)]
        quiet = Quiet(bench, self._causes, self._called, functions)
        try:
            with quiet.pages():
                with quiet.alarms():
                    yield from self._failures(replace(bench, heard=False))
                yield from self._states(bench, audience)
        except NotMuted as error:
            yield from self._not_made(f"{', '.join(sorted(audience.subscribed))}: {error}")
            return
        if Kind.EXCEPTION in self._only:
            page = names.stage_health(bench.stage.suffix)
            topic = bench.topics.pages
            yield from wiring.checked(bench, audience, STAGE, Kind.PAGE, page, topic_arn=topic)
            yield RowEnd(STAGE, Kind.PAGE)

    def _not_made(self, why: str) -> Iterator[Finding]:
        """The rows of failures that were not brought about, since others would have been told."""
        unmade = reported(self._called, self._only)
        for kind in (*PLATFORM, Kind.EXCEPTION, Kind.LATENCY, Kind.IMPORT_ERROR):
            unmade += [(subject, kind) for subject in self._called if kind in self._only]
        for subject, kind in unmade:
            yield not_shown(subject.key, kind, Link.RAISED, why)
            yield RowEnd(subject.key, kind)

    def _answering(self) -> Iterator[Finding]:
        jobs = [
            partial(
                row,
                subject.key,
                Kind.SUCCESS,
                Link.ANSWERED,
                answering(self._bench, self._causes, subject),
            )
            for subject in self._called
        ]
        for finding in self._beside(jobs):
            # Asked in any case; where nobody wants the row, what is found shows in the others'.
            if Kind.SUCCESS in self._only:
                yield finding

    def _failures(self, bench: Bench) -> Iterator[Finding]:
        """What counts as errors, beside each other: a time-out takes its time. Then slow calls."""
        platform = [kind for kind in PLATFORM if kind in self._only]
        answers = reported(self._called, self._only)
        calls = Calls(len(platform) * len(self._called) + len(answers))
        exceptions = Exceptions(bench, self._causes, self._called)
        jobs: list[Callable[[], Iterator[Finding]]] = []
        if Kind.EXCEPTION in self._only:
            yield from exceptions.begin(lambda: self._make_good(calls))
            jobs.append(exceptions.findings)
        for kind in platform:
            for subject in self._called:
                checks = platform_failure(bench, self._causes, subject, kind, calls)
                jobs.append(partial(row, subject.key, kind, Link.RAISED, checks))
        for subject, kind in answers:
            checks = failed_answer(bench, self._causes, subject, kind, calls)
            jobs.append(partial(row, subject.key, kind, Link.ANSWERED, checks))
        if Kind.IMPORT_ERROR in self._only:
            start = failed_start(bench)
            jobs.append(partial(row, STAGE, Kind.IMPORT_ERROR, Link.RAISED, start))
            jobs.append(self._starts)
        yield from self._beside(jobs)
        if (platform or answers) and Kind.EXCEPTION not in self._only:
            self._make_good(calls)
        if Kind.LATENCY in self._only:
            yield from slow_calls(bench, self._causes, self._called)

    def _make_good(self, calls: Calls) -> None:
        """So many good calls that the failures are no error rate to alarms that look back longer.

        Of less than 100 calls, that is a fifth (``tocsin/alarms/kinds/error_rate.py``).
        """
        calls.wait()
        failures = max((len(subject.failures) for subject in self._called), default=0)
        failures += len(PLATFORM) + len({kind for _, kind in reported(self._called, self._only)})
        relieve(self._bench, self._causes, self._called, _GOOD_CALLS_A_FAILURE * failures)

    def _starts(self) -> Iterator[Finding]:
        path = LogPath(self._bench.account, self._bench.stage, self._bench.topics.alerts)
        for subject in (*self._called, *self._uncalled):
            checks = start_recorded(path, subject)
            yield from row(subject.key, Kind.IMPORT_ERROR, Link.SUBSCRIBED, checks)

    def _states(self, bench: Bench, audience: Audience = NOBODY) -> Iterator[Finding]:
        return StateRows(bench, audience, self._called, self._uncalled, self._only).findings()

    def _beside(self, jobs: Sequence[Callable[[], Iterator[Finding]]]) -> Iterator[Finding]:
        return side_by_side(jobs, _AT_ONCE, self._bench.deadline)


def _may_be_called(function: Watched) -> bool:
    return (
        not isinstance(function, ExternalFunction)
        or function.has_drill_events
        or function.answers_drill
    )
