"""The compact notations of scenario files: durations, series of values, a function's calls."""

import math
import random
import re

from tocsin.scenarios.synthetic_traffic import SyntheticCalls

_DURATION = re.compile(r"(\d+)(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_NUMBER = r"[+-]?\d+(?:\.\d+)?"
_ITEM = re.compile(
    rf"(?P<missing>_)?(?P<first>{_NUMBER})?(?P<step>[+-]\d+(?:\.\d+)?)?(?:x(?P<times>\d+))?"
)
_RANDOM = re.compile(rf"random\(({_NUMBER}),({_NUMBER}),seed=(\d+)\)x(\d+)")
_CALLS = re.compile(
    r"(?P<n>\d+(?:\.\d+)?) invocations? a minute"
    r"(?: with (?P<errors>\d+(?:\.\d+)?) ?(?P<percent>%)? errors?)?"
    r"(?:, taking (?P<ms>\d+(?:\.\d+)?) ms)?"
    r"(?:, (?P<throttles>\d+(?:\.\d+)?) throttled)?"
)
MAX_VALUES = 100_000
MOST_DAYS = 1_000
MOST_CALLS = 10**9
"""A minute; no account has as many."""
LARGEST = 2.0**360
"""Of a value: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""

DURATION_WORDS = f"a duration such as 90s, 5m, 1h30m, up to {MOST_DAYS}d"
SERIES_WORDS = (
    "items separated by blanks: 5 (one value), 5x10 (ten times), 0+2x10 (a ramp from 0, ten "
    "values), _ or _x3 (missing), random(1,9,seed=7)x10"
)
CALLS_WORDS = (
    "none, or such as `200 invocations a minute with 7 % errors, taking 120 ms, 3 throttled` "
    "(all but the first part may be left out)"
)


def seconds(text: str) -> int:
    """``1h30m`` -> 5400. Raises ValueError."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(DURATION_WORDS)
    # More digits than the longest one has are no duration, and need not be counted.
    total = sum(int(number[:12]) * _SECONDS[unit] for number, unit in parts)
    if total > MOST_DAYS * _SECONDS["d"]:
        raise ValueError(DURATION_WORDS)
    return total


def values(text: str) -> list[float]:
    """One value per interval, NaN where missing. Raises ValueError."""
    result: list[float] = []
    for item in text.replace(", ", ",").split():
        result += _random(item) or _plain(item)
        if len(result) > MAX_VALUES:
            raise ValueError(f"at most {MAX_VALUES} values")
    if not result:
        raise ValueError(SERIES_WORDS)
    return result


def _random(item: str) -> list[float]:
    match = _RANDOM.fullmatch(item)
    if match is None:
        return []
    low, high, seed, times = match.groups()
    source = random.Random(int(seed))
    least, most = _value(low), _value(high)
    return [source.uniform(least, most) for _ in range(_count(times))]


def _plain(item: str) -> list[float]:
    match = _ITEM.fullmatch(item)
    if match is None or (match["missing"] is None) == (match["first"] is None):
        raise ValueError(SERIES_WORDS)
    times = _count(match["times"] or "1")
    if match["missing"]:
        if match["step"]:
            raise ValueError(SERIES_WORDS)
        return [math.nan] * times
    first, step = _value(match["first"]), _value(match["step"] or "0")
    _value(first + step * times)
    return [first + step * index for index in range(times)]


def _value(number: str | float) -> float:
    value = float(number)
    if abs(value) > LARGEST:
        raise ValueError("values from -2^360 to 2^360, as CloudWatch takes them")
    return value


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MAX_VALUES:
        raise ValueError(f"1 to {MAX_VALUES} times")
    return count


def calls(text: str) -> SyntheticCalls:
    """The calls of one minute. Raises ValueError."""
    if text == "none":
        return SyntheticCalls()
    match = _CALLS.fullmatch(text)
    if match is None:
        raise ValueError(CALLS_WORDS)
    parts = {name: float(match[name] or 0) for name in ("n", "errors", "throttles", "ms")}
    if max(parts.values()) > MOST_CALLS:
        raise ValueError(f"numbers up to {MOST_CALLS:,}")
    invocations, errors = parts["n"], parts["errors"]
    if match["percent"]:
        errors = invocations * errors / 100
    if errors > invocations:
        raise ValueError("at most as many errors as invocations")
    milliseconds = parts["ms"] if match["ms"] else 100.0
    return SyntheticCalls(invocations, errors, parts["throttles"], milliseconds)
