"""StateReason and StateReasonData, in CloudWatch's words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tocsin.cloudwatch.alarm import BREACHING_WORDS, MetricAlarm, State
from tocsin.cloudwatch.bands import LOWER, UPPER, judges_above, judges_below
from tocsin.cloudwatch.decision import Decision, Rule

TREATED_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}

INITIAL_REASON = "Unchecked: Initial alarm creation"
"""The reason of an alarm that has not been evaluated yet."""


def api_time(at: float) -> str:
    """ISO 8601 with milliseconds and ``+0000``, as CloudWatch writes times into JSON."""
    moment = datetime.fromtimestamp(round(at * 1000) / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def java_number(value: float) -> str:
    """A double as CloudWatch prints it: 5.0, 0.0666851903306472, 1.0E7."""
    size = abs(value)
    if value == 0 or 1e-3 <= size < 1e7:
        return repr(float(value)) if "e" not in repr(float(value)) else f"{value:f}"
    if not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    mantissa, exponent = f"{value!r}e0".split("e")[:2] if "e" in repr(value) else ("", "")
    if not mantissa:
        exponent = str(math.floor(math.log10(size)))
        digits = repr(value).replace("-", "").replace(".", "").strip("0") or "0"
        mantissa = ("-" if value < 0 else "") + f"{digits[0]}.{digits[1:] or '0'}"
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}E{int(exponent)}"


def state_reason(
    alarm: MetricAlarm,
    decision: Decision,
    window: Sequence[float],
    timestamps: Sequence[int],
    breaching: Sequence[bool],
    bounds: Mapping[str, Sequence[float]],
) -> str:
    """Why the alarm is in the state decided.

    The long form ("2 out of the last 3 datapoints ... (minimum ... transition)") belongs to alarms
    with DatapointsToAlarm, the short one to those without; only datapoints on the state's side of
    the threshold are listed.
    """
    wanted = alarm.evaluation_periods
    if decision.rule is Rule.LOW_SAMPLES:
        return f"Unchanged: too few samples for {alarm.single.stat if alarm.single else ''}."
    if decision.rule is Rule.IGNORED:
        return f"Unchanged: {_received(decision, wanted)} and missing data is ignored."
    if decision.state is State.INSUFFICIENT_DATA:
        unknown = wanted - len(decision.evaluated)
        return f"Insufficient Data: {_count(unknown, 'datapoint')} {_were(unknown)} unknown."
    alarmed = decision.state is State.ALARM
    shown = [index for index in reversed(decision.evaluated) if breaching[index] is alarmed]
    filled = decision.filled
    treated = (
        f" and {_count(filled, 'missing datapoint')} {_were(filled)} treated as "
        f"[{TREATED_AS[alarm.missing_data]}]"
        if filled
        else ""
    )
    crossed = "Threshold Crossed" if alarm.band is None else "Thresholds Crossed"
    if not shown:
        return f"{crossed}: {_received(decision, wanted)}{treated}."
    listed = ", ".join(
        f"{java_number(window[index])} ({_short_time(timestamps[index])})" for index in shown
    )
    told = f"[{listed}] {_were(len(shown))} {_against(alarm, alarmed, shown, bounds)}{treated}"
    if alarm.datapoints_to_alarm is None:
        return f"{crossed}: {_count(len(shown), 'datapoint')} {told}."
    required = alarm.required_datapoints
    minimum = required if alarmed else wanted - required + 1
    change = "OK -> ALARM" if alarmed else "ALARM -> OK"
    return (
        f"{crossed}: {len(shown)} out of the last {wanted} datapoints {told} "
        f"(minimum {_count(minimum, 'datapoint')} for {change} transition)."
    )


def state_reason_data(
    alarm: MetricAlarm,
    decision: Decision,
    window: Sequence[float],
    timestamps: Sequence[int],
    at: float,
    samples: Sequence[float] | None,
    bounds: Mapping[str, Sequence[float]],
) -> dict[str, Any]:
    """StateReasonData, version 1.0: the real datapoints that decided, newest first.

    ``samples`` are the sample counts of the window's periods, of an alarm on one metric.
    """
    newest_first = list(reversed(decision.evaluated))
    data: dict[str, Any] = {"version": "1.0", "queryDate": api_time(at)}
    if newest_first:
        data["startDate"] = api_time(timestamps[newest_first[-1]])
    if alarm.single is not None:
        if alarm.single.unit is not None:
            data["unit"] = alarm.single.unit
        data["statistic"] = alarm.single.stat
    data["period"] = alarm.period
    data["recentDatapoints"] = [window[index] for index in reversed(newest_first)]
    sides = _sides(alarm, bounds)
    if alarm.band is None:
        data["threshold"] = float(alarm.threshold)
    for name, side in sides.items():
        data[f"recent{name}Thresholds"] = [side[index] for index in reversed(newest_first)]
    evaluated: list[dict[str, Any]] = []
    for index in newest_first:
        point: dict[str, Any] = {"timestamp": api_time(timestamps[index])}
        if samples is not None:
            point["sampleCount"] = samples[index]
        point["value"] = window[index]
        if len(sides) == 1:
            point["threshold"] = next(iter(sides.values()))[index]
        evaluated.append(point)
    if not newest_first:
        # Without any real datapoint CloudWatch lists the periods that it looked at.
        newest = reversed(timestamps[-alarm.evaluation_periods :])
        evaluated = [{"timestamp": api_time(timestamp)} for timestamp in newest]
    data["evaluatedDatapoints"] = evaluated
    return data


def _against(
    alarm: MetricAlarm, alarmed: bool, shown: Sequence[int], bounds: Mapping[str, Sequence[float]]
) -> str:
    """What the datapoints shown are compared with, and how it turned out."""
    no = "" if alarmed else "not "
    if alarm.band is None:
        words = BREACHING_WORDS[alarm.comparison_operator]
        return f"{no}{words} the threshold ({java_number(alarm.threshold)})"
    parts = []
    for name, side in _sides(alarm, bounds).items():
        listed = ", ".join(java_number(side[index]) for index in shown)
        words = "less than the lower" if name == "Lower" else "greater than the upper"
        parts.append(f"{no}{words} thresholds [{listed}]")
    return " or ".join(parts)


def _sides(alarm: MetricAlarm, bounds: Mapping[str, Sequence[float]]) -> dict[str, Sequence[float]]:
    """The bounds of the band that the operator looks at, by their name in StateReasonData."""
    sides = {}
    if bounds and judges_below(alarm):
        sides["Lower"] = bounds[LOWER]
    if bounds and judges_above(alarm):
        sides["Upper"] = bounds[UPPER]
    return sides


def _received(decision: Decision, wanted: int) -> str:
    got = len(decision.evaluated)
    what = _count(got, "datapoint") if got else "no datapoints"
    return f"{what} {'was' if got == 1 else 'were'} received for {_count(wanted, 'period')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def _short_time(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%d/%m/%y %H:%M:%S")
