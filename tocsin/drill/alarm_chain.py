"""From cause to pager and back: one kind of alarm of all functions at once.

Period by period the cause is repeated until every alarm fires; then it stays away until every
alarm is back. Each way must be notified. An alarm that keeps its verdict while nothing comes goes
back only on good calls, which ``relief`` makes.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tocsin.alarms import AlarmDefinition
from tocsin.alarms.kinds.error_rate import KIND as ERROR_RATE
from tocsin.cloudwatch import evaluation_range
from tocsin.drill import diagnosis
from tocsin.drill.checks import Check, Kind, Link, Stopwatch, not_shown, outcome
from tocsin.drill.context import Bench, Subject
from tocsin.drill.mute import muted_by
from tocsin.drill.trouble import AWS_ERRORS

_LINKS = (Link.ALARM, Link.NOTIFIED, Link.OK, Link.OK_NOTIFIED)
# Periods beyond its evaluation range that an alarm may take to fire or recover: one for the period
# under way when the first failure falls into it, and one for the instant of the evaluation.
_SPARE_PERIODS = 2
_DISABLED = "the alarm is disabled in monitoring.yml"
_TOO_LONG = "it fires only on failures that go on for longer than a drill"


@dataclass
class AlarmChain:
    """One run of the chain, from quiet (:meth:`settle`). ``cause`` makes every subject fail once a
    period, ``relief`` makes it succeed, where that can be done.

    ``calm`` is waited for before time passes for the recovery: until then other causes may act.
    """

    bench: Bench
    kind: Kind
    alarm: str
    subjects: Sequence[Subject]
    cause: Callable[[], None]
    relief: Callable[[], None] = lambda: None
    calm: Callable[[], None] = lambda: None
    _began: dt.datetime = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.bench.clock.now()

    def checks(self) -> Iterator[Check]:
        """The links ALARM, notified, OK and OK notified of each subject."""
        said: set[tuple[str, Link]] = set()
        watch = Stopwatch()
        try:
            for check in self._checks():
                said.add((check.function, check.link))
                yield check
        except AWS_ERRORS as error:
            seconds = watch.lap()
            for subject in self.subjects:
                link = next((link for link in _LINKS if (subject.key, link) not in said), None)
                if link is not None:
                    why = f"not looked at: {error}"
                    yield outcome(subject.key, self.kind, link, why, seconds)

    def _checks(self) -> Iterator[Check]:
        watched = self._watched()
        for subject in self.subjects:
            if subject.fired(self.alarm) is None:
                why = _TOO_LONG if subject.quickest(self.alarm) else _DISABLED
                yield not_shown(subject.key, self.kind, Link.ALARM, why)
        if not watched:
            self.cause()
            return
        watch = Stopwatch()
        fired = self._until_fired(set(watched))
        seconds = watch.lap()
        states = self.bench.states(watched)
        for name, subject in watched.items():
            if name in fired:
                yield outcome(subject.key, self.kind, Link.ALARM, "", seconds)
            else:
                yield self._silent(subject, name, states, seconds)
        yield from self._notified(watched, fired, "ALARM", Link.NOTIFIED)
        self.calm()
        watch.lap()
        recovered = self._until_recovered(fired)
        seconds = watch.lap()
        states = self.bench.states(fired)
        for name in fired:
            broken = "" if name in recovered else _still(states.get(name, {}))
            yield outcome(watched[name].key, self.kind, Link.OK, broken, seconds)
        yield from self._notified(watched, recovered, "OK", Link.OK_NOTIFIED)

    def _watched(self) -> dict[str, Subject]:
        """Each subject whose alarm can be seen to fire, by the alarm's name."""
        return {
            alarm.name: subject
            for subject in self.subjects
            if (alarm := subject.fired(self.alarm)) is not None
        }

    def _fired(self) -> list[AlarmDefinition]:
        alarms = (subject.fired(self.alarm) for subject in self.subjects)
        return [alarm for alarm in alarms if alarm is not None]

    def settle(self) -> None:
        """Start from quiet: an alarm already in ALARM would not notify again."""
        loud = self.bench.in_state("ALARM", self._watched())
        if loud:
            self._until_recovered(loud)
        self.bench.probe.received.clear()

    def _until_fired(self, names: set[str]) -> set[str]:
        clock = self.bench.clock
        fired: set[str] = set()
        passed_s, since_cause_s, patience_s = 0, self._period_s(), self._patience_s()
        while True:
            # A tick may be shorter than a period, which needs its failures only once.
            if since_cause_s >= self._period_s():
                self.cause()
                since_cause_s = 0
            if fired >= names or passed_s >= patience_s:
                return fired
            self.bench.let_pass()
            passed_s += clock.tick_s
            since_cause_s += clock.tick_s
            fired |= self.bench.seen_in("ALARM", names)
            if fired >= names:
                return fired

    def _until_recovered(self, names: set[str]) -> set[str]:
        return self.bench.let_pass_until("OK", names, self._patience_s(), self.relief)

    def _silent(
        self, subject: Subject, name: str, states: dict[str, dict[str, object]], seconds: float
    ) -> Check:
        if name not in states:
            broken = f"stack -> alarm: {name} is not deployed"
            return outcome(subject.key, self.kind, Link.ALARM, broken, seconds)
        if self.alarm == ERROR_RATE.name:
            made, now = len(subject.failures), self.bench.clock.now()
            diluted = diagnosis.dilution(
                self.bench.account, subject.function, made, self._began, now
            )
            if diluted:
                return not_shown(subject.key, self.kind, Link.ALARM, diluted)
        broken = diagnosis.silent_alarm(self.bench.account, subject.function, states[name])
        return outcome(subject.key, self.kind, Link.ALARM, broken, seconds)

    def _notified(
        self, watched: dict[str, Subject], names: set[str], state: str, link: Link
    ) -> Iterator[Check]:
        if not self.bench.heard:
            return  # shown by the alarm's state, which only the probe hears of
        for name, subject in watched.items():
            if name not in names:
                continue
            watch = Stopwatch()
            broken = ""
            if not self.bench.probe.find(name, state):
                if rule := muted_by(self.bench.account, name):
                    yield not_shown(subject.key, self.kind, link, f"{name} is muted by {rule}")
                    continue
                alarm = self.bench.states([name])[name]
                broken = diagnosis.missing_notification(
                    self.bench.account, alarm, self.bench.topics.alerts, state
                )
            yield outcome(subject.key, self.kind, link, broken, watch.lap())

    def _period_s(self) -> int:
        return min(alarm.period for alarm in self._fired())

    def _patience_s(self) -> int:
        longest = max(
            (evaluation_range(alarm.evaluation_periods, alarm.period) + _SPARE_PERIODS)
            * alarm.period
            for alarm in self._fired()
        )
        return longest + self.bench.clock.slack_s


def _still(alarm: dict[str, object]) -> str:
    return f"alarm -> OK: still {alarm.get('StateValue')}: {alarm.get('StateReason', '')}"
