"""The drill itself: succeed, fail, look at each link, let it recover."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tocsin import alarms, errors
from tocsin.account import Account
from tocsin.config import Function, Stage
from tocsin.drill import diagnosis, fallback, probe, traffic
from tocsin.drill.checks import Check, Result, Stopwatch
from tocsin.drill.clock import StageClock
from tocsin.drill.traffic import Invocation

ON_CHECK = Callable[[Check], None]

# Failures sent to each function and period, at least: two show that it is not one stray call.
FAILURES_A_PERIOD = 2
RECORD_PATIENCE_S = 15
_POLL_S = 0.5
# Periods beyond the evaluation periods that an alarm may take to fire or recover:
# one for the period under way when the first failure falls into it, and the extra
# datapoints that CloudWatch looks back at when newer ones are missing.
_EXTRA_PERIODS = 4

INVOKED = "success path"
FAILED = "failure is raised"
RECORDED = "record in the error log"
FIRES = "error-rate alarm fires"
NOTIFIED = "notification arrives"
RECOVERS = "alarm returns to OK"
RECOVERY_NOTIFIED = "recovery is notified"


@dataclass
class _Subject:
    """One function under drill."""

    function: Function
    alarm_name: str | None
    failures: list[Invocation] = field(default_factory=list)


def drill(
    account: Account,
    stage: Stage,
    topic_arn: str,
    clock: StageClock,
    functions: Sequence[Function],
    on_check: ON_CHECK = lambda check: None,
) -> list[Check]:
    """Run the drill over ``functions``; ``on_check`` hears of each check as it ends.

    The probe's queue and subscription are removed also when the drill fails or
    is interrupted.
    """
    done: list[Check] = []
    began_ms = int(time.time() * 1000)
    subjects = [
        _Subject(each, each.alarm_names(stage.suffix).get("error-rate")) for each in functions
    ]
    with probe.subscribed(account, stage, topic_arn) as listening:
        run = _Run(account, stage, topic_arn, clock, subjects, listening, began_ms)
        for check in run.checks():
            done.append(check)
            on_check(check)
    return done


@dataclass
class _Run:
    account: Account
    stage: Stage
    topic_arn: str
    clock: StageClock
    subjects: list[_Subject]
    listening: probe.Probe
    began_ms: int

    def checks(self) -> Iterator[Check]:
        yield from self._success_path()
        self._settle()
        watch = Stopwatch()
        fired = self._fail_until_alarm()
        to_fire = watch.lap()
        yield from self._failures_raised(to_fire)
        yield from self._recorded()
        yield from self._fired(fired, to_fire)
        yield from self._notified(fired, "ALARM", NOTIFIED)
        watch.lap()
        recovered = self._let_pass_until("OK", fired)
        to_recover = watch.lap()
        for subject in self._with_alarm(fired):
            yield self._check(
                subject,
                RECOVERS,
                "" if subject.alarm_name in recovered else self._state_of(subject),
                to_recover,
            )
        yield from self._notified(recovered, "OK", RECOVERY_NOTIFIED)

    def _success_path(self) -> Iterator[Check]:
        for subject in self.subjects:
            watch = Stopwatch()
            answer = traffic.invoke(self.account, subject.function, subject.function.success_event)
            broken = ""
            if answer.error:
                broken = f"invoke -> handler: {answer.error} {answer.payload}"
            yield self._check(subject, INVOKED, broken, watch.lap())

    def _settle(self) -> None:
        """Start from quiet: an alarm already in ALARM would not notify again."""
        states = self._states()
        loud = {name for name, alarm in states.items() if alarm["StateValue"] == "ALARM"}
        if loud:
            self._let_pass_until("OK", loud)
            self.listening.received.clear()

    def _fail_until_alarm(self) -> set[str]:
        """Send failures period by period until every alarm fires; the names of those that did."""
        waiting = {each.alarm_name for each in self.subjects if each.alarm_name}
        fired: set[str] = set()
        deadline_s = self._patience_s()
        passed_s = 0
        since_last_s = None
        while True:
            # Every tick would do on AWS too, but a period needs its failures only once.
            if since_last_s is None or since_last_s >= self._period_s():
                self._send_failures()
                since_last_s = 0
            if not waiting or passed_s >= deadline_s:
                return fired
            self.clock.let_pass(self.clock.tick_s)
            passed_s += self.clock.tick_s
            since_last_s += self.clock.tick_s
            fired |= self._in_state("ALARM")
            if waiting <= fired:
                return fired

    def _send_failures(self) -> None:
        calls = [
            (subject, (subject.function, subject.function.failure_event))
            for subject in self.subjects
            for _ in range(max(FAILURES_A_PERIOD, subject.function.error_rate.minimum_invocations))
        ]
        answers = traffic.invoke_many(self.account, [call for _, call in calls])
        for (subject, _), answer in zip(calls, answers, strict=True):
            subject.failures.append(answer)

    def _failures_raised(self, seconds: float) -> Iterator[Check]:
        for subject in self.subjects:
            quiet = [each for each in subject.failures if not each.error]
            broken = (
                f"invoke -> handler: {len(quiet)} of {len(subject.failures)} forced failures "
                f"succeeded (event {subject.function.failure_event})"
                if quiet
                else ""
            )
            yield self._check(subject, FAILED, broken, seconds)

    def _recorded(self) -> Iterator[Check]:
        for subject in self.subjects:
            watch = Stopwatch()
            missing = self._missing_records(subject)
            broken = ""
            if missing:
                why = diagnosis.missing_record(
                    self.account, subject.function, missing[0], self.began_ms
                )
                broken = f"{why} ({len(missing)} of {len(subject.failures)} records missing)"
            yield self._check(subject, RECORDED, broken, watch.lap())

    def _missing_records(self, subject: _Subject) -> list[Invocation]:
        """Failures without a record, looked up through the index until none is missing.

        The error log writes some records of a storm and counts the rest. Failures that it
        counted are not missing, but one record has to arrive: while there is none, one more
        failure is sent, for which the budget has refilled in a moment.
        """
        start = datetime.fromtimestamp(self.began_ms / 1000, UTC)
        since = start.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        deadline = time.monotonic() + RECORD_PATIENCE_S
        function = subject.function
        while True:
            records = errors.since(self.account, self.stage, function.name, since)
            seen = {str(record.get("requestId")) for record in records}
            failed = [each for each in subject.failures if each.error]
            missing = [each for each in failed if each.request_id not in seen]
            if missing:
                counted = fallback.suppressed(self.account, function, self.began_ms)
                missing = [each for each in missing if each.request_id not in counted]
            if (seen and not missing) or time.monotonic() >= deadline:
                return missing or ([] if seen else failed)
            # The index may lag, but a fallback line says that no record will come.
            refused = fallback.refused(self.account, function, self.began_ms)
            if any(each.request_id in refused for each in missing):
                return missing
            time.sleep(_POLL_S)
            if not seen and not missing:
                subject.failures.append(
                    traffic.invoke(self.account, function, function.failure_event)
                )

    def _fired(self, fired: set[str], seconds: float) -> Iterator[Check]:
        states = self._states()
        for subject in self._with_alarm():
            broken = ""
            if subject.alarm_name not in fired:
                alarm = states.get(str(subject.alarm_name))
                broken = (
                    diagnosis.silent_alarm(self.account, subject.function, alarm)
                    if alarm
                    else f"stack -> alarm: {subject.alarm_name} is not deployed"
                )
            yield self._check(subject, FIRES, broken, seconds)
        for subject in self.subjects:
            if not subject.alarm_name:
                yield Check(
                    subject.function.key, FIRES, Result.SKIPPED, 0, "disabled in monitoring.yml"
                )

    def _notified(self, expected: set[str], state: str, check: str) -> Iterator[Check]:
        for subject in self._with_alarm(expected):
            watch = Stopwatch()
            name = str(subject.alarm_name)
            broken = ""
            if not self.listening.find(name, state):
                alarm = self._states()[name]
                broken = diagnosis.missing_notification(self.account, alarm, self.topic_arn, state)
            yield self._check(subject, check, broken, watch.lap())

    def _let_pass_until(self, state: str, names: set[str]) -> set[str]:
        """Let time pass until all of ``names`` are in ``state``; those that are."""
        passed_s, deadline_s = 0, self._patience_s()
        while True:
            reached = self._in_state(state) & names
            if reached == names or passed_s >= deadline_s:
                return reached
            self.clock.let_pass(self.clock.tick_s)
            passed_s += self.clock.tick_s

    def _period_s(self) -> int:
        return min((each.function.error_rate.period for each in self.subjects), default=60)

    def _patience_s(self) -> int:
        longest = max(
            (
                (each.function.error_rate.evaluation_periods + _EXTRA_PERIODS)
                * each.function.error_rate.period
                for each in self.subjects
            ),
            default=0,
        )
        return longest + self.clock.slack_s

    def _states(self) -> dict[str, dict[str, object]]:
        return alarms.describe(
            self.account, [each.alarm_name for each in self.subjects if each.alarm_name]
        )

    def _in_state(self, state: str) -> set[str]:
        return {name for name, alarm in self._states().items() if alarm["StateValue"] == state}

    def _state_of(self, subject: _Subject) -> str:
        alarm = self._states()[str(subject.alarm_name)]
        return f"alarm -> OK: still {alarm['StateValue']}: {alarm.get('StateReason', '')}"

    def _with_alarm(self, names: set[str] | None = None) -> list[_Subject]:
        return [
            each
            for each in self.subjects
            if each.alarm_name and (names is None or each.alarm_name in names)
        ]

    def _check(self, subject: _Subject, check: str, broken: str, seconds: float) -> Check:
        result = Result.FAILED if broken else Result.PASSED
        return Check(subject.function.key, check, result, seconds, broken)
