"""StateReason and StateReasonData, in CloudWatch's words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tocsin.cloudwatch.alarm import BREACHING_WORDS, MetricAlarm, State
from tocsin.cloudwatch.decision import Decision, Rule, breaches

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
) -> str:
    """Why the alarm is in the state decided."""
    wanted = alarm.evaluation_periods
    if decision.rule is Rule.LOW_SAMPLES:
        return f"Unchanged: too few samples for {alarm.single.stat if alarm.single else ''}."
    if decision.rule is Rule.IGNORED:
        return f"Unchanged: {_received(decision, wanted)} and missing data is ignored."
    if decision.state is State.INSUFFICIENT_DATA:
        unknown = wanted - len(decision.evaluated)
        return f"Insufficient Data: {_count(unknown, 'datapoint')} {_were(unknown)} unknown."
    if decision.filled:
        filled = decision.filled
        return (
            f"Threshold Crossed: {_received(decision, wanted)} and "
            f"{_count(filled, 'missing datapoint')} {_were(filled)} treated as "
            f"[{TREATED_AS[alarm.missing_data]}]."
        )
    alarmed = decision.state is State.ALARM
    shown = [
        index for index in reversed(decision.evaluated) if breaches(alarm, window[index]) is alarmed
    ]
    listed = ", ".join(
        f"{java_number(window[index])} ({_short_time(timestamps[index])})" for index in shown
    )
    required = alarm.required_datapoints
    minimum = required if alarmed else wanted - required + 1
    change = "OK -> ALARM" if alarmed else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(shown)} out of the last {wanted} datapoints [{listed}] "
        f"{_were(len(shown))} {'' if alarmed else 'not '}"
        f"{BREACHING_WORDS[alarm.comparison_operator]} the threshold "
        f"({java_number(alarm.threshold)}) (minimum {_count(minimum, 'datapoint')} for {change} "
        "transition)."
    )


def state_reason_data(
    alarm: MetricAlarm,
    decision: Decision,
    window: Sequence[float],
    timestamps: Sequence[int],
    at: float,
) -> dict[str, Any]:
    """StateReasonData, version 1.0: the datapoints that decided, newest first."""
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
    data["threshold"] = float(alarm.threshold)
    evaluated = [
        {"timestamp": api_time(timestamps[index]), "value": window[index]} for index in newest_first
    ]
    if decision.filled or decision.state is State.INSUFFICIENT_DATA:
        gaps = [i for i in range(len(window) - 1, -1, -1) if i not in decision.evaluated]
        lacking = alarm.evaluation_periods - len(decision.evaluated)
        evaluated += [{"timestamp": api_time(timestamps[index])} for index in gaps[:lacking]]
        evaluated.sort(key=lambda point: str(point["timestamp"]), reverse=True)
    data["evaluatedDatapoints"] = evaluated
    return data


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
