"""Run scenarios: put the inputs into a store, replay the alarms, compare with what is expected."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tocsin.cloudwatch import (
    CompositeAlarm,
    MetricAlarm,
    State,
    StateChange,
    StateRecord,
    evaluate,
    evaluate_composite,
    evaluation_order,
    replay,
)
from tocsin.scenarios import notation
from tocsin.scenarios.coverage import Unreached, data_reached, states_reached, unreached
from tocsin.scenarios.edge_search import START
from tocsin.scenarios.file_reading import Skipped, read
from tocsin.scenarios.loading import LoadedAlarms
from tocsin.scenarios.model import Expectation, Scenario
from tocsin.scenarios.scenario_inputs import MINUTE, ScenarioInputs

_AFTERWARDS = 300  # seconds watched beyond the last input where a scenario does not say


@dataclass(frozen=True)
class ScenarioOutcome:
    """One expectation of one scenario: ``got`` equals ``expected`` in words where it passed.

    ``details`` are the datapoints that decided and the rule that applied, for a failure.
    """

    file: str
    scenario: str
    alarm: str
    what: str
    expected: str
    got: str
    passed: bool
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScenarioReport:
    """The outcomes of all expectations, in the files' order; and what was left out of a file.

    ``unreached``: of each alarm what no scenario has seen; empty without a scenario.
    """

    outcomes: tuple[ScenarioOutcome, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unreached: tuple[Unreached, ...] = ()

    @property
    def failures(self) -> tuple[ScenarioOutcome, ...]:
        """The expectations that did not hold."""
        return tuple(outcome for outcome in self.outcomes if not outcome.passed)


def run_files(
    paths: Sequence[Path], alarms: LoadedAlarms, suffix: str | None = None
) -> ScenarioReport:
    """Run every scenario of ``paths`` (files, or folders of *.yml) against ``alarms``.

    ``suffix`` is what ``{suffix}`` stands for; None reads it off the alarms' names.

    Raises:
        InputError: a file is wrong.
    """
    files = [
        file for path in paths for file in (sorted(path.glob("*.yml")) if path.is_dir() else [path])
    ]
    # Everything is read first: a mistake in the last file is told before any result.
    found = [(file, *read(file, alarms, suffix)) for file in files]
    runs = [
        _ScenarioRun(str(file), scenario, alarms)
        for file, scenarios, _ in found
        for scenario in scenarios
    ]
    outcomes = [outcome for run in runs for outcome in run.outcomes()]
    reached: dict[str, frozenset[str]] = {}
    for run in runs:
        for name, branches in run.reached.items():
            reached[name] = reached.get(name, frozenset()) | branches
    return ScenarioReport(
        tuple(outcomes),
        tuple(skipped for _, _, skipped in found if skipped),
        tuple(unreached(alarms, reached)) if runs else (),
    )


@dataclass
class _ScenarioRun:
    file: str
    scenario: Scenario
    alarms: LoadedAlarms
    inputs: ScenarioInputs = field(default_factory=ScenarioInputs)
    reached: dict[str, frozenset[str]] = field(default_factory=dict)

    def outcomes(self) -> Iterator[ScenarioOutcome]:
        end = max([self.inputs.put(given) for given in self.scenario.inputs])
        self.initial = State(self.scenario.initial_state)
        moments = [
            notation.seconds(at)
            for expectation in self.scenario.expect
            for at in expectation.states
        ]
        lasts = self.scenario.lasts
        end = notation.seconds(lasts) if lasts else max([end + _AFTERWARDS, *moments])
        self.changes = self._changes(START + end)
        asked = {self.alarms.find(expectation.alarm) for expectation in self.scenario.expect}
        for name in self.changes.keys() & asked:
            self.reached[name] = frozenset(self._branches(name, START + end))
        for expectation in self.scenario.expect:
            yield from self._compared(expectation)

    def _changes(self, end: int) -> dict[str, list[StateChange]]:
        """The changes of the alarms that are asked about, and of those these look at."""
        asked = self.alarms.with_children(
            self.alarms.find(expectation.alarm) or expectation.alarm
            for expectation in self.scenario.expect
        )
        changes: dict[str, list[StateChange]] = {}
        for alarm in asked:
            if isinstance(alarm, MetricAlarm):
                course = replay(alarm, self.inputs.source, START + MINUTE, end, self.initial)
                changes[alarm.name] = list(course.changes())
        composites = [alarm for alarm in asked if isinstance(alarm, CompositeAlarm)]
        for composite in evaluation_order(composites):
            changes[composite.name] = self._composite_changes(composite, changes, end)
        return changes

    def _branches(self, name: str, end: int) -> Iterator[str]:
        yield from states_reached(self.changes[name], self.initial)
        alarm = self.alarms[name]
        if isinstance(alarm, MetricAlarm):
            yield from data_reached(alarm, self.inputs.source, START, end)

    def _composite_changes(
        self, alarm: CompositeAlarm, changes: dict[str, list[StateChange]], end: int
    ) -> list[StateChange]:
        found: list[StateChange] = []
        state = self.initial
        moments = sorted({change.at for several in changes.values() for change in several})
        for at in [START + MINUTE, *moments]:
            children = {
                name: StateRecord(self._state(several, at), "", at)
                for name, several in changes.items()
            }
            reached = evaluate_composite(alarm, children, at, state).state
            if reached is not state:
                found.append(StateChange(at, state, reached))
                state = reached
        return found

    def _state(self, changes: Sequence[StateChange], at: float) -> State:
        state = self.initial
        for change in changes:
            if change.at <= at:
                state = change.new
        return state

    def _compared(self, expectation: Expectation) -> Iterator[ScenarioOutcome]:
        name = self.alarms.find(expectation.alarm) or expectation.alarm
        changes = self.changes[name]
        for written, expected in expectation.states.items():
            at = START + notation.seconds(written)
            got = self._state(changes, at)
            yield self._outcome(name, f"state at {written}", expected, str(got), at)
        if expectation.time_to_detect:
            begin = notation.seconds(self.scenario.fails_at)
            yield self._time(name, "time to detect", expectation.time_to_detect, begin, State.ALARM)
        if expectation.time_to_recover and self.scenario.recovers_at:
            begin = notation.seconds(self.scenario.recovers_at)
            yield self._time(name, "time to recover", expectation.time_to_recover, begin, State.OK)
        if expectation.notifications is not None:
            wanted, topic = expectation.notifications.count, expectation.notifications.topic
            alarm = self.alarms[name]
            sent = [
                action
                for change in changes
                for action in alarm.actions(change.new)
                if topic is None or action == topic or action.endswith(f":{topic}")
            ]
            what = f"notifications to {topic}" if topic else "notifications"
            yield self._outcome(name, what, str(wanted), str(len(sent)), START)

    def _time(self, name: str, what: str, limit: str, begin: int, state: State) -> ScenarioOutcome:
        at = next(
            (
                change.at
                for change in self.changes[name]
                if change.new is state and change.at >= START + begin
            ),
            None,
        )
        if limit == "never":
            passed, expected = at is None, "never"
        else:
            passed = at is not None and at - START - begin <= notation.seconds(limit)
            expected = f"at most {limit}"
        got = "never" if at is None else f"{at - START - begin}s"
        moment = at or START + begin + MINUTE
        return self._outcome(name, what, expected, got, moment, passed)

    def _outcome(
        self, name: str, what: str, expected: str, got: str, at: int, passed: bool | None = None
    ) -> ScenarioOutcome:
        held = expected == got if passed is None else passed
        details = () if held else tuple(self._details(name, at))
        return ScenarioOutcome(
            self.file, self.scenario.name, name, what, expected, got, held, details
        )

    def _details(self, name: str, at: int) -> Iterator[str]:
        """Why the alarm was in its state at ``at``, and when it changed."""
        alarm = self.alarms[name]
        if isinstance(alarm, MetricAlarm) and at > START:
            interval = alarm.evaluation_interval
            before = self._state(self.changes[name], at - interval)
            found = evaluate(alarm, self.inputs.source, at, before)
            yield f"rule: {found.rule.value}"
            yield f"reason: {found.reason}"
            for datapoint in found.datapoints:
                value = "missing" if datapoint.value is None else f"{datapoint.value:g}"
                marks = ", breaching" if datapoint.breaching else ""
                marks += ", evaluated" if datapoint.evaluated else ""
                yield f"datapoint {_clock(datapoint.timestamp)}: {value}{marks}"
        elif isinstance(alarm, CompositeAlarm):
            yield f"rule: {alarm.rule}"
        for change in self.changes[name]:
            yield f"changed at {_clock(change.at)}: {change.old} -> {change.new}"


def _clock(at: float) -> str:
    """A time as the scenario counts it: ``+05:00`` for five minutes in."""
    offset = int(at - START)
    sign = "-" if offset < 0 else "+"
    return f"{sign}{datetime.fromtimestamp(abs(offset), UTC):%H:%M:%S}"
