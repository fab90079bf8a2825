"""One alarm, taken through healthy, failing, quiet and late periods: what surprises is a finding.

No file is needed: the input at which the alarm begins to fire is searched for (``edge_search``).
"""

from collections.abc import Iterator, Sequence

from tocsin.cloudwatch import MetricAlarm, Replay, State, compute
from tocsin.cloudwatch.metric_math.functions import CALENDAR
from tocsin.findings import Finding
from tocsin.scenarios.definition_rules import calls_function, error, goes_one_way, warning
from tocsin.scenarios.edge_search import START, Edge, Trial
from tocsin.scenarios.plot import plot
from tocsin.scenarios.synthetic_traffic import Period, SyntheticCalls, record
from tocsin.scenarios.template_context import Surroundings

_QUIET = Period()
# How long a healthy call takes is its team's to know; a threshold below this was meant in seconds.
_QUICK_MS = 10.0
_FAILURES = {"Errors", "Throttles", "Duration"}
# What DynamoDB reports only when it happens.
_ONLY_ON_FAILURE = ("Errors", "Throttle", "Failed", "Dropped", "Conflict")


def alarm_findings(alarm: MetricAlarm, around: Surroundings | None) -> Iterator[Finding]:
    """What surprises about one alarm; the plot of the course that showed it is in the message."""
    return _Proof(alarm, around).findings()


class _Proof:
    """One alarm, taken through its scenarios."""

    def __init__(self, alarm: MetricAlarm, around: Surroundings | None) -> None:
        self.alarm = alarm
        self.around = around
        self.trial = Trial(alarm, self.around)
        # Enough periods for every datapoint of before to leave the evaluation range.
        self.span = alarm.evaluation_range + 1

    def findings(self) -> Iterator[Finding]:
        """The surprises; an alarm that cannot fire or never rests is not looked into further."""
        edge = self.trial.edge()
        if edge is None and any(calls_function(self.alarm, name) for name in CALENDAR):
            yield warning(
                "by-the-calendar",
                self.alarm.name,
                "not proved: its expression goes by the calendar, and nothing that was tried on a "
                "Monday from 00:00 UTC changes its state",
            )
            return
        if edge is None:
            yield self._cannot_change()
            return
        healthy = list(self._fires_on_healthy(edge))
        yield from healthy
        if healthy:
            return
        yield from self._recovers(edge)
        yield from self._without_traffic(edge)
        yield from self._low_traffic(edge)
        yield from self._late(edge)
        yield from self._small_threshold(edge)

    def _cannot_change(self) -> Finding:
        alarm = self.alarm
        healthy = self.trial.healthy()
        if self.trial.fires(healthy):
            return self._surprise(
                "always-in-alarm", "in ALARM whatever its metrics are", [healthy] * self.span
            )
        below = alarm.comparison_operator.startswith("Less")
        values = [self._value(extreme) for extreme in self._extremes()]
        known = [value for value in values if value == value] or [float("nan")]
        worst = min(known) if below else max(known)
        which = "lowest" if below else "highest"
        reaches = f"the {which} value found is {worst:g}, the threshold {alarm.threshold:g}"
        durations = {stat.metric.name for stat in self.trial.stats} == {"Duration"}
        if durations and alarm.comparison_operator.startswith("Greater"):
            limit = self.trial.limit()
            if alarm.threshold >= limit:
                return error(
                    "latency-beyond-timeout",
                    alarm.name,
                    f"can never fire: threshold {alarm.threshold:g} ms, but the function is "
                    f"stopped after {limit:g} ms",
                )
        if not below and 0 < worst <= 1 < alarm.threshold <= 100 and alarm.single is None:
            return error(
                "fraction-against-percent",
                alarm.name,
                f"can never fire: {reaches}: a fraction compared with a percentage",
            )
        if alarm.single is not None and alarm.single.unit is not None and worst != worst:
            return error(
                "wrong-unit",
                alarm.name,
                f"can never fire: no sample of {alarm.single.metric} has unit {alarm.single.unit}",
            )
        if not self._is_shown():
            first, *others = map(str, self.trial.knobs())
            tried = f"was {first}, held at each of many values"
            if others:
                tried = f"were {', '.join((first, *others))}, each and two at once, each held"
            return warning("not-shown", alarm.name, f"not seen to fire: {reaches}; tried {tried}")
        rule = "unreachable-threshold" if worst == worst else "never-fires"
        return error(rule, alarm.name, f"can never fire: {reaches}")

    def _is_shown(self) -> bool:
        """Whether what was tried stands for all that can be: one metric, or the counts and
        durations of calls in plain arithmetic."""
        if self.alarm.single is not None:
            return True
        written = [query.expression for query in self.alarm.queries if query.expression]
        return not self.trial.others and all(map(goes_one_way, written))

    def _extremes(self) -> Iterator[Period]:
        base = self.trial.healthy()
        yield base
        for knob in self.trial.knobs():
            for value in self.trial.grid(knob):
                yield self.trial.turned(base, knob, value)

    def _value(self, period: Period) -> float:
        """The value the alarm compares, after nothing but ``period``; NaN for none."""
        course = [period] * self.span
        store = record(self.alarm, course, START)
        end = START + self.span * self.alarm.period
        series = compute(self.alarm.queries, store, START, end)[self.alarm.result_id]
        return float(series.values[-1])

    def _fires_on_healthy(self, edge: Edge) -> Iterator[Finding]:
        watches_failure = {stat.metric.name for stat in self.trial.stats} & _FAILURES
        if not (self.trial.functions and watches_failure) or self.trial.others:
            return
        for invocations in (1.0, 100.0, 1000.0):
            healthy = self.trial.healthy(invocations)
            quick = self.trial.healthy(invocations, duration=_QUICK_MS)
            if self.trial.fires(healthy) and self.trial.fires(quick):
                yield self._surprise(
                    "fires-on-healthy-traffic",
                    f"in ALARM on {invocations:g} calls a period, each of {_QUICK_MS:g} ms and "
                    "without a failure",
                    [quick] * self.span,
                )
                return

    def _recovers(self, edge: Edge) -> Iterator[Finding]:
        for after in (_QUIET,) if self._only_on_failure() else (edge.silent, edge.rest):
            course = [edge.fires] * self.span + [after] * self.span
            final = self.trial.final(course)
            if final is not State.ALARM:
                break
        if final is State.ALARM:
            yield self._surprise(
                "cannot-recover", "stays in ALARM when what raised it is over", course
            )
        elif final is State.INSUFFICIENT_DATA:
            yield self._surprise(
                "missing-on-sparse-metric",
                "the metric has no datapoint without a failure, and TreatMissingData is missing: "
                "INSUFFICIENT_DATA in place of OK",
                course,
            )

    def _only_on_failure(self) -> bool:
        """Whether the alarm's metrics have samples only while something fails."""
        return bool(self.trial.others) and all(
            (self.around is not None and self.around.is_sparse(metric.namespace, metric.name))
            or (
                metric.namespace == "AWS/DynamoDB"
                and any(word in metric.name for word in _ONLY_ON_FAILURE)
            )
            for metric, _ in self.trial.others
        )

    def _without_traffic(self, edge: Edge) -> Iterator[Finding]:
        if not self.trial.functions or self._is_heartbeat():
            return
        course = [edge.silent] * self.span + [_QUIET] * self.span
        final = self.trial.final(course)
        if final is State.ALARM:
            yield self._surprise("fires-without-traffic", "in ALARM when nobody calls", course)
        elif final is State.INSUFFICIENT_DATA:
            yield self._surprise(
                "missing-on-sparse-metric",
                "INSUFFICIENT_DATA when nobody calls, also right after an ALARM: a function's "
                "metrics have no datapoint then; notBreaching would be OK",
                course,
            )
        if self.alarm.treat_missing_data == "ignore":
            return  # asked for: the verdict holds until the next call
        fallen = [edge.fires] * self.span + [_QUIET] * self.span
        if final is State.OK and self.trial.final(fallen) is State.ALARM:
            yield warning(
                "stuck-without-traffic",
                self.alarm.name,
                "stays in ALARM when calls stop after a failure, until the next call",
            )

    def _is_heartbeat(self) -> bool:
        """An alarm on too few calls means to fire when there are none."""
        return self.alarm.comparison_operator.startswith("Less")

    def _low_traffic(self, edge: Edge) -> Iterator[Finding]:
        if edge.knob.quantity not in ("errors", "throttles"):
            return
        quantity = edge.knob.quantity
        one = SyntheticCalls(invocations=1 if quantity == "errors" else 0, **{quantity: 1})
        alone = Period(dict.fromkeys(self.trial.functions, one), {})
        among = self.trial.turned(self.trial.healthy(), edge.knob, 1)
        course = [_QUIET] * self.span + [alone] + [_QUIET] * self.span
        fires = any(change.new is State.ALARM for change in self.trial.run(course).changes())
        if fires and not self.trial.fires(among):
            yield warning(
                "no-volume-guard",
                self.alarm.name,
                f"one failure in a quiet period reads as {self._value(alone):g} and fires",
            )

    def _late(self, edge: Edge) -> Iterator[Finding]:
        """Whether the alarm fires though the newest period is never there in time."""
        course = [edge.fires] * (self.span + 1)
        if any(change.new is State.ALARM for change in self.trial.run(course, late=1).changes()):
            return
        if calls_function(self.alarm, "FILL"):
            yield warning(
                "fill-hides-late-data",
                self.alarm.name,
                "does not fire while data is one period late: FILL takes the place of the newest "
                "datapoint before it arrives",
            )
        else:
            yield error(
                "late-data-hides-failure",
                self.alarm.name,
                "never fires when data is one period late",
            )

    def _small_threshold(self, edge: Edge) -> Iterator[Finding]:
        """A percentage compared with a fraction: 0.05 for 5 %."""
        if self.alarm.single is not None or not 0 < self.alarm.threshold < 1:
            return
        if edge.knob.quantity != "errors":
            return
        all_fail = self._value(self.trial.turned(self.trial.healthy(), edge.knob, 1000))
        if abs(all_fail - 100) < 1e-9:
            yield warning(
                "percent-against-fraction",
                self.alarm.name,
                f"the expression is a percentage and the threshold {self.alarm.threshold:g}: "
                f"it fires at {self.alarm.threshold:g} %; is a fraction meant?",
            )

    def _surprise(self, rule: str, what: str, course: Sequence[Period]) -> Finding:
        states: Replay = self.trial.run(course)
        store = record(self.alarm, course, START)
        end = START + len(course) * self.alarm.period
        series = compute(self.alarm.queries, store, START, end)[self.alarm.result_id]
        return error(rule, self.alarm.name, f"{what}\n{plot(series, self.alarm, states.states)}")
