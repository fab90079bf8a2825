"""Errors in percent of invocations, by metric math, over windows for every cadence of calls.

A window of minutes sees no function that is called every ten minutes, and one of hours is diluted
by the good calls before. CloudWatch counts the newest datapoints that are there, of a range longer
than the evaluation periods, so that a few windows, each asking for two datapoints, see calls from
one a second to one an hour; ``ignore`` keeps the verdict between rare calls. What each set of
windows sees, and what it costs, was compared by simulation (docs/alarms.md).

A period between ill and well has no datapoint, so that the verdict stays: windows that slide by the
minute cut the same calls anew, and a share near the limit would ring with every cut.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from pydantic import Field, model_validator

from tocsin import names
from tocsin.alarms.definition import AlarmDefinition, Measure, MetricRead, limit_at
from tocsin.alarms.kind import (
    ARRIVES_AFTER_S,
    LONGEST_TIMEOUT_S,
    AlarmedFunction,
    AlarmKind,
    Mark,
    is_asynchronous,
    lambda_metric,
)
from tocsin.alarms.settings import AlarmSettings, Period, Severity, TreatMissingData
from tocsin.schedules import schedule_of

# (calls in a period from which it holds, percent that are an error rate then): of few calls one
# failure is a large share, and wakes somebody for nothing.
_STEPS = ((100, 0), (20, 20), (0, 50))
# Four periods are at most seven days.
_LONGEST_OF_FOUR_S = 42 * 3_600
# From so long between two runs on, the first failing one is worth a ticket.
_RARE_S = 6 * 3_600
_OPERATORS = {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": ">="}
_RATE = "100 * errors / invocations"
# errorlog says nothing of a call whose answer is well, so that most periods have no datapoint.
_WITH_ANSWERS = "100 * (errors + FILL(answers, 0)) / invocations"
FAILED_ANSWERS = "FailedAnswers"


class ErrorRateAlarm(AlarmSettings):
    """``threshold`` in percent; ``further_periods`` are those of the alarms beside it, in seconds.

    With ``volume_steps`` the threshold holds from 100 calls in a period, 20 % from 20, 50 % below,
    where those are more. ``minimum_invocations`` above 1: a period with fewer counts as healthy.
    ``count_answers``: where ``recordAnswers`` of the function says which answers report a failure,
    they count as errors do. ``recovery_threshold`` in percent, half the threshold without one: an
    alarm ends where no more fail; from 20 calls in a period, and with fewer where none does.
    """

    severity: Severity = "page"
    threshold: float = Field(default=5, ge=0, lt=100)
    treat_missing_data: TreatMissingData = "ignore"
    recovery_threshold: float | None = Field(default=None, ge=0)
    volume_steps: bool = True
    minimum_invocations: int = Field(default=1, ge=1)
    count_answers: bool = True
    further_periods: tuple[Period, ...] | None = Field(default=None, strict=False, max_length=4)

    @model_validator(mode="after")
    def _recovers_below_its_threshold(self) -> Self:
        if self.recovery_threshold is not None and self.recovery_threshold > self.threshold:
            raise ValueError(
                f"recoveryThreshold {self.recovery_threshold:g} is above threshold "
                f"{self.threshold:g}: at most that"
            )
        return self

    @property
    def is_tuned(self) -> bool:
        """Whether somebody chose the windows: then nothing else chooses them."""
        built_in = type(self)()
        windows = ("period", "evaluation_periods", "datapoints_to_alarm", "further_periods")
        return any(getattr(self, window) != getattr(built_in, window) for window in windows)

    def percent(self, answers: bool = False) -> str:
        """The rate itself, as people read it: what the dashboard shows.

        With ``answers``, those that report a failure are among the failures: no call is both.
        """
        return self._guarded(_WITH_ANSWERS if answers else _RATE)

    def expression(self, answers: bool = False) -> str:
        """The metric math over ``errors`` and ``invocations``; a quiet period has no datapoint."""
        rate = _WITH_ANSWERS if answers else _RATE
        found = self._guarded(f"{rate} / {_by_calls(self._factors)}" if self.has_steps else rate)
        if not self._has_band:
            return found
        ill = [percent for _, percent in self.limits] or [self.threshold]
        well = [percent for _, percent in self.recovery_limits]
        above = _OPERATORS[self.comparison_operator]
        # A division by zero is no datapoint.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
        decided = f"{rate} {above} {_by_calls(ill)} OR {rate} <= {_by_calls(well)}"
        if self.minimum_invocations > 1:
            decided = f"{decided} OR invocations < {self.minimum_invocations}"
        return f"{found} / ({decided})"

    @property
    def recovery_limits(self) -> tuple[tuple[int, float], ...]:
        """(calls in a period from which it holds, percent up to which it is well).

        Of few calls one failure is no small share: then a period is well without any. None where
        every period is ill or well.
        """
        if not self._has_band:
            return ()
        if not self.has_steps:
            return ((0, self._recovers_at),)
        share = self._recovers_at / self.threshold
        *many, (few, _) = self.limits
        return *((least, percent * share) for least, percent in many), (few, 0)

    @property
    def _recovers_at(self) -> float:
        return self.threshold / 2 if self.recovery_threshold is None else self.recovery_threshold

    @property
    def _has_band(self) -> bool:
        """Whether a share between the two thresholds leaves the verdict as it is."""
        return (
            self.treat_missing_data == "ignore"
            and self.comparison_operator in _OPERATORS
            and self._recovers_at < self.threshold
        )

    @property
    def has_steps(self) -> bool:
        """Whether fewer calls need a larger share of failures."""
        return self.volume_steps and self.threshold > 0 and max(self._factors) > 1

    def asked_of(self, calls: float) -> float:
        """The percent that must fail of so many ``calls`` in a period."""
        if not self.has_steps:
            return self.threshold
        return limit_at(self.limits, calls)

    @property
    def limits(self) -> tuple[tuple[int, float], ...]:
        """(calls in a period from which it holds, percent that must fail); none without steps."""
        if not self.has_steps:
            return ()
        return tuple((least, max(self.threshold, percent)) for least, percent in _STEPS)

    def _guarded(self, rate: str) -> str:
        if self.minimum_invocations == 1:
            return rate
        return f"IF(invocations >= {self.minimum_invocations}, {rate}, 0)"

    @property
    def _factors(self) -> list[float]:
        """How many times the threshold the rate must be, by the calls in the period."""
        return [max(1.0, percent / self.threshold) for _, percent in _STEPS]


def _by_calls(values: Sequence[float]) -> str:
    """Metric math that is the one of ``values``, as those of ``_STEPS``, for a period's calls."""
    expression = ""
    for (calls, _), value in reversed(list(zip(_STEPS, values, strict=False))):
        text = f"{value:.12g}"
        if not expression or expression == text:
            expression = text
        else:
            expression = f"IF(invocations >= {calls}, {text}, {expression})"
    return expression


class ErrorRate(AlarmKind[ErrorRateAlarm]):
    name = "error-rate"
    settings = ErrorRateAlarm
    measure = Measure("errors", " %", "calls")
    fired_by = "exception"

    def reads(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        return (
            lambda_metric(function, "Errors", "Sum", id="errors"),
            lambda_metric(function, "Invocations", "Sum", id="invocations"),
            *self.answers(function),
        )

    def answers(self, function: AlarmedFunction) -> tuple[MetricRead, ...]:
        """The metric of answers that report a failure, where they count; errorlog's own."""
        namespace = function.answers_namespace
        if not namespace or not self.of(function).count_answers:
            return ()
        dimensions = {"FunctionName": function.name}
        return (MetricRead(namespace, FAILED_ANSWERS, "Sum", dimensions, "answers"),)

    def words(self, function: AlarmedFunction) -> str:
        counted = ", answers that report a failure included" if self.answers(function) else ""
        return f"error rate above {self.of(function).threshold} %{counted}"

    def expression(self, function: AlarmedFunction) -> tuple[str, str, str]:
        expression = self.of(function).expression(bool(self.answers(function)))
        return "errorRate", "Error rate (%)", expression

    def definitions(
        self, function: AlarmedFunction, suffix: str, stage: str
    ) -> tuple[AlarmDefinition, ...]:
        settings = self.of(function)
        first = replace(
            self._definition(function, suffix, stage),
            limits=settings.limits,
            recovery_limits=settings.recovery_limits,
        )
        if settings.is_tuned:
            further = [period for period in self._further(function) if period > first.period]
            return (first, *(_over(first, period, function, suffix) for period in further))
        on_schedule = schedule_of(function.events)
        least = _least_period(function)
        # More often than that, a run is one of many in the period that its time-out asks for.
        if on_schedule is not None and on_schedule.only and on_schedule.usual >= least:
            return _on_schedule(first, on_schedule.usual, least, suffix)
        if is_asynchronous(function):
            # One event that fails is three failing calls within some three minutes: datapoints of
            # up to three minutes, and of two of the longer periods.
            quick = replace(first, evaluation_periods=4, datapoints_to_alarm=4)
            longer = (300, max(1_500, least))
            return (quick, *(_over(first, period, function, suffix, 3, 4) for period in longer))
        periods = self._further(function)
        return (first, *(_over(first, period, function, suffix) for period in periods))

    def mark(self, function: AlarmedFunction) -> Mark:
        unit = " %, from 100 calls a period" if self.of(function).has_steps else " %"
        return Mark("traffic", "error rate", unit, self.threshold(function), "right")

    def _further(self, function: AlarmedFunction) -> tuple[int, ...]:
        """The periods of the further alarms, in seconds."""
        given: tuple[int, ...] | None = self.of(function).further_periods
        if given is not None:
            return given
        return 300, max(900, _least_period(function))


def _least_period(function: AlarmedFunction) -> int:
    """The shortest period that sees calls that time out, in whole five minutes.

    A call's metrics have the time at which it began, and come when it ends: a window that is
    shorter than the longest call is over before it is filled.
    """
    longest = (function.timeout or LONGEST_TIMEOUT_S) + ARRIVES_AFTER_S
    return -(-longest // 300) * 300


def _over(
    first: AlarmDefinition,
    period: int,
    function: AlarmedFunction,
    suffix: str,
    needed: int = 2,
    of: int = 3,
) -> AlarmDefinition:
    """The same alarm with a longer ``period``: so many of the newest datapoints."""
    variant = f"{first.kind}-{period // 60}m"
    return replace(
        first,
        variant=variant,
        name=names.alarm(function.key, variant, suffix),
        logical_id=f"{function.logical_id}{names.camel(variant)}Alarm",
        period=period,
        evaluation_periods=of,
        datapoints_to_alarm=needed,
    )


def _on_schedule(
    first: AlarmDefinition, usual: int, least: int, suffix: str
) -> tuple[AlarmDefinition, ...]:
    """One alarm that has a run in each period; for rare runs, one that tells of the last, too.

    EventBridge calls asynchronously, so that a run that fails is made three times within some
    three minutes, which are datapoints of at most two periods.
    """
    period = -(-usual // 60) * 60
    if period > _LONGEST_OF_FOUR_S:
        return (_last_run(first, least),)
    runs = replace(first, period=period, evaluation_periods=4, datapoints_to_alarm=3)
    if usual < _RARE_S:
        return (runs,)
    variant = f"{first.kind}-last-run"
    last = replace(
        _last_run(first, least),
        variant=variant,
        name=names.alarm(first.subject, variant, suffix),
        logical_id=first.logical_id.removesuffix("Alarm") + "LastRunAlarm",
        severity="ticket",
    )
    return (runs, last)


def _last_run(first: AlarmDefinition, period: int) -> AlarmDefinition:
    """In ALARM from a failing run until the next good one: ``ignore`` keeps it in between."""
    return replace(first, period=period, evaluation_periods=1, datapoints_to_alarm=1)


KIND = ErrorRate()
