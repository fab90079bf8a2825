"""A deliberately naive second opinion: CloudWatch's alarm rules in plain Python, one datapoint at
a time, written from the specification alone. It imports nothing of the engine; only tests and the
benchmark use it.

An alarm is a dict as PutMetricAlarm takes it. Samples are a dict from a metric's name to a list of
(timestamp, value).
"""

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Alarm = Mapping[str, Any]
Samples = Mapping[str, Sequence[tuple[float, float]]]
Point = float | None

OPERATORS = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def replay(alarm: Alarm, samples: Samples, instants: Iterable[float], state: str) -> list[str]:
    """The states after evaluating at each instant in turn."""
    states = []
    for at in instants:
        state = evaluate(alarm, samples, at, state)
        states.append(state)
    return states


def evaluate(alarm: Alarm, samples: Samples, at: float, state: str) -> str:
    """The state at one instant, given the state before."""
    period = _period(alarm)
    # As many periods more as five minutes have, but never fewer than two.
    count = alarm["EvaluationPeriods"]
    while count < alarm["EvaluationPeriods"] + 2 or (
        (count - alarm["EvaluationPeriods"]) * period < 300
    ):
        count += 1
    begins = [at - (count - index) * period for index in range(count)]
    points, low = _points(alarm, samples, begins, period)
    return decide(alarm, points, state, low)


def decide(alarm: Alarm, points: Sequence[Point], state: str, low: Sequence[bool] = ()) -> str:
    """The state that the datapoints of an evaluation range (oldest first, None missing) give.

    ``low`` marks the datapoints with too few samples.
    """
    needed = alarm["EvaluationPeriods"]
    required = alarm.get("DatapointsToAlarm") or needed
    breaches = OPERATORS[alarm["ComparisonOperator"]]
    mode = alarm.get("TreatMissingData") or ("ignore" if _uses_dynamodb(alarm) else "missing")

    used: list[tuple[int, bool]] = []  # (age, breaching), newest first; the newest period has age 1
    for age, value in enumerate(reversed(points), start=1):
        if value is not None and len(used) < needed:
            used.append((age, breaches(value, alarm["Threshold"])))
            if low and low[-age]:
                return state

    verdicts = [breaching for _, breaching in used]
    gaps = needed - len(used)
    if gaps and mode == "breaching":
        verdicts += [True] * gaps
    if gaps and mode == "notBreaching":
        verdicts += [False] * gaps
    if verdicts.count(True) >= required:
        return "ALARM"
    if len(verdicts) == needed:
        return "OK"
    # Something is missing and is not to be filled in.
    if False in verdicts:
        return "OK"
    if mode == "ignore":
        return state
    if not used:
        return "INSUFFICIENT_DATA"
    oldest_age = used[-1][0]
    return "ALARM" if oldest_age >= required else "INSUFFICIENT_DATA"


def _period(alarm: Alarm) -> Any:
    if "Period" in alarm:
        return alarm["Period"]
    return next(q["MetricStat"]["Period"] for q in alarm["Metrics"] if "MetricStat" in q)


def _uses_dynamodb(alarm: Alarm) -> bool:
    if "Namespace" in alarm:
        return bool(alarm["Namespace"] == "AWS/DynamoDB")
    stats = [q["MetricStat"] for q in alarm["Metrics"] if "MetricStat" in q]
    return any(stat["Metric"]["Namespace"] == "AWS/DynamoDB" for stat in stats)


def _points(
    alarm: Alarm, samples: Samples, begins: Sequence[float], period: float
) -> tuple[list[Point], Sequence[bool]]:
    if "MetricName" in alarm:
        buckets = [_bucket(samples.get(alarm["MetricName"], []), t, t + period) for t in begins]
        stat = alarm.get("Statistic") or alarm["ExtendedStatistic"]
        points = [statistic(stat, bucket) for bucket in buckets]
        if alarm.get("EvaluateLowSampleCountPercentile") == "ignore" and stat.startswith("p"):
            part = float(stat[1:]) / 100
            limit = 10 / (1 - part) if part >= 0.5 else 10 / part
            return points, [len(bucket) < limit - 1e-6 for bucket in buckets]
        return points, ()
    series: dict[str, list[Point]] = {}
    for query in alarm["Metrics"]:
        if "MetricStat" in query:
            name = query["MetricStat"]["Metric"]["MetricName"]
            stat = query["MetricStat"]["Stat"]
            series[query["Id"]] = [
                statistic(stat, _bucket(samples.get(name, []), t, t + period)) for t in begins
            ]
    expression = next(q["Expression"] for q in alarm["Metrics"] if q.get("ReturnData", True))
    return [
        calculate(expression, {id: points[index] for id, points in series.items()})
        for index in range(len(begins))
    ], ()


def _bucket(samples: Sequence[tuple[float, float]], start: float, end: float) -> list[float]:
    return [value for time, value in samples if start <= time < end]


def statistic(name: str, values: Sequence[float]) -> Point:
    """One statistic of plain values; None of none."""
    if not values:
        return None
    if name == "SampleCount":
        return float(len(values))
    if name == "Sum":
        return float(sum(values))
    if name == "Average":
        return sum(values) / len(values)
    if name == "Minimum":
        return float(min(values))
    if name == "Maximum":
        return float(max(values))
    if min(values) < 0:
        return None
    # pNN: the smallest value that at least NN % of the values do not exceed.
    for value in sorted(values):
        share = 100 * sum(1 for other in values if other <= value) / len(values)
        if share >= float(name[1:]) - 1e-9:
            return float(value)
    return None


class _Dropped:
    """What a division by zero leaves at a timestamp."""


DROPPED = _Dropped()

_PRECEDENCE = [
    ["OR"],
    ["AND"],
    ["==", "!=", "<=", ">=", "<", ">"],
    ["+", "-"],
    ["*", "/"],
]


def calculate(expression: str, values: Mapping[str, Any]) -> Any:
    """An expression at one timestamp; numbers are scalars, ids are series. None: no datapoint."""
    tokens = re.findall(r"\d+\.?\d*|[A-Za-z_]\w*|==|!=|<=|>=|[-+*/<>(),]", expression)
    result, rest = _binary(tokens, 0, values)
    assert not rest, rest
    value = result[1]
    return None if isinstance(value, _Dropped) else value


def _binary(tokens: list[str], level: int, values: Mapping[str, Any]) -> Any:
    if level == len(_PRECEDENCE):
        return _operand(tokens, values)
    left, tokens = _binary(tokens, level + 1, values)
    while tokens and tokens[0] in _PRECEDENCE[level]:
        symbol = tokens[0]
        right, tokens = _binary(tokens[1:], level + 1, values)
        left = _combine(symbol, left, right)
    return left, tokens


def _operand(tokens: list[str], values: Mapping[str, Any]) -> Any:
    """((is_series, value), remaining tokens)."""
    head, tokens = tokens[0], tokens[1:]
    if head == "(":
        inside, tokens = _binary(tokens, 0, values)
        return inside, tokens[1:]
    if head == "-":
        (is_series, value), tokens = _operand(tokens, values)
        if isinstance(value, float):
            value = -value
        return (is_series, value), tokens
    if head in ("IF", "FILL", "ABS"):
        arguments = []
        while tokens[0] != ")":
            argument, tokens = _binary(tokens[1:], 0, values)
            arguments.append(argument)
        return (True, _function(head, arguments)), tokens[1:]
    if head in values:
        return (True, values[head]), tokens
    return (False, float(head)), tokens


def _function(name: str, arguments: Sequence[tuple[bool, Any]]) -> Any:
    plain = [None if isinstance(value, _Dropped) else value for _, value in arguments]
    if name == "ABS":
        return None if plain[0] is None else abs(plain[0])
    if name == "FILL":
        return plain[1] if plain[0] is None else plain[0]
    if plain[0] is None:
        return None
    if plain[0] != 0:
        return 0.0 if plain[1] is None else plain[1]
    return plain[2] if len(plain) == 3 else None


def _combine(symbol: str, left: tuple[bool, Any], right: tuple[bool, Any]) -> tuple[bool, Any]:
    (left_series, a), (right_series, b) = left, right
    is_series = left_series or right_series
    if isinstance(a, _Dropped) or isinstance(b, _Dropped):
        return is_series, DROPPED
    if a is None and b is None:
        return is_series, None
    if a is None or b is None:
        if not (left_series and right_series):
            return is_series, None
        a, b = a or 0.0, b or 0.0
    if symbol == "/":
        return is_series, (DROPPED if b == 0 else a / b)
    if symbol in "+-*":
        return is_series, {"+": a + b, "-": a - b, "*": a * b}[symbol]
    truth = {
        "==": a == b,
        "!=": a != b,
        "<": a < b,
        "<=": a <= b,
        ">": a > b,
        ">=": a >= b,
        "AND": bool(a and b),
        "OR": bool(a or b),
    }[symbol]
    return is_series, float(truth)
