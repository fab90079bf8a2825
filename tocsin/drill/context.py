"""What every part of the drill works with: the stage, its clock, the probe, when it all began."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tocsin.alarms import AlarmDefinition
from tocsin.aws import alarm_states
from tocsin.aws.account import Account
from tocsin.config import Stage, Watched
from tocsin.drill.drill_clock import DrillClock
from tocsin.drill.probe import Probe
from tocsin.drill.topics import Topics
from tocsin.drill.traffic import FinishedCall
from tocsin.drill.trouble import AWS_ERRORS, passes
from tocsin.exceptions import TocsinError

# AWS takes requests from a clock that is five minutes off, and records have their function's time.
CLOCKS_DIFFER_MS = 300_000
# A function may fail for so long in a drill. Of one that runs once a day, an alarm on three runs of
# four takes three days of failures.
LONGEST_FAILING_S = 3_600
# And for so long in several, one after the other, of which some were killed.
LONGEST_IN_A_ROW_S = 2 * LONGEST_FAILING_S
_QUARTER_OF_AN_HOUR_S = 900
_TRIES_TO_SET = 4  # each of them several of the client's, which waits longer each time


class LimitReached(TocsinError):
    """The time that the drill was given is over, and it is not done."""


@dataclass
class Subject:
    """One function under drill, its enabled alarms, and the failures it was made to have."""

    function: Watched
    alarms: Sequence[AlarmDefinition]
    failures: list[FinishedCall] = field(default_factory=list)

    def quickest(self, kind: str) -> AlarmDefinition | None:
        """The alarm of ``kind`` that fires first; None where it is disabled."""
        alarms = [alarm for alarm in self.alarms if alarm.kind == kind]
        return min(alarms, key=_failing_s, default=None)

    def fired(self, kind: str) -> AlarmDefinition | None:
        """The same, if a drill may make the function fail for so long."""
        alarm = self.quickest(kind)
        return alarm if alarm is not None and _failing_s(alarm) <= LONGEST_FAILING_S else None

    @property
    def key(self) -> str:
        return self.function.key


def _failing_s(alarm: AlarmDefinition) -> int:
    return alarm.datapoints_to_alarm * alarm.period


@dataclass(frozen=True)
class Bench:
    """One drill on one stage. Nothing of it is older than ``began_ms``, by any clock.

    ``deadline`` (monotonic) is when it has to be over. ``heard`` tells whether alarms that change
    state by themselves are told to the probe; where others would hear them, they are muted.
    """

    account: Account
    stage: Stage
    topics: Topics
    clock: DrillClock
    probe: Probe
    began_ms: int = field(default_factory=lambda: int(time.time() * 1000) - CLOCKS_DIFFER_MS)
    deadline: float | None = None
    heard: bool = True
    _meanwhile: list[Callable[[], None]] = field(default_factory=list)
    _answered_s: list[float] = field(default_factory=list)

    @contextmanager
    def meanwhile(self, work: Callable[[], None]) -> Iterator[None]:
        """Have ``work`` done, on any thread, whenever time passes or a state is set."""
        self._meanwhile.append(work)
        try:
            yield
        finally:
            self._meanwhile.remove(work)

    @property
    def slowest_s(self) -> float:
        """How long the slowest answer took that nobody made slow."""
        return max(self._answered_s, default=0.0)

    def answered(self, seconds: float) -> None:
        """A call that had nothing to do took so long, its start included."""
        self._answered_s.append(seconds)

    def _go_on(self) -> None:
        for work in tuple(self._meanwhile):
            work()

    def states(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """DescribeAlarms of the ``names`` that are deployed."""
        return alarm_states.describe(self.account, list(names))

    def in_state(self, state: str, names: Iterable[str]) -> set[str]:
        found = self.states(names)
        return {name for name, alarm in found.items() if alarm["StateValue"] == state}

    def let_pass_until(
        self,
        state: str,
        names: set[str],
        patience_s: int,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> set[str]:
        """Let time pass on the stage until all of ``names`` are in ``state``; those that are.

        ``meanwhile`` is called before each pass.
        """
        passed_s = 0
        slow = patience_s >= _QUARTER_OF_AN_HOUR_S
        step_s = self.clock.stride_s if slow else self.clock.tick_s
        while True:
            reached = self.seen_in(state, names)
            if reached >= names or passed_s >= patience_s:
                return reached
            meanwhile()
            self.let_pass(step_s)
            passed_s += step_s

    def seen_in(self, state: str, names: set[str]) -> set[str]:
        """As :meth:`in_state`; none where AWS is busy or down for the moment."""
        try:
            return self.in_state(state, names)
        except AWS_ERRORS as error:
            if not passes(error):
                raise
            return set()

    def set_state(self, alarm: str, state: str, reason: str) -> None:
        """SetAlarmState, also where AWS is busy for longer than a client tries: it takes three a
        second of an account, and an alarm must not stay in the state of a drill."""
        self._go_on()
        for tries_left in reversed(range(_TRIES_TO_SET)):
            try:
                self.account.client("cloudwatch").set_alarm_state(
                    AlarmName=alarm, StateValue=state, StateReason=reason
                )
            except AWS_ERRORS as error:
                if not (passes(error) and tries_left):
                    raise
            else:
                return

    def let_pass(self, seconds: int | None = None) -> None:
        """So long on the stage's clock, or one tick of it.

        Raises:
            LimitReached: there is no time left for it.
        """
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise LimitReached("the limit was reached while time passed for an alarm")
        self._go_on()
        self.clock.let_pass(seconds or self.clock.tick_s)
