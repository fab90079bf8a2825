"""What each function takes and gives.

The table is that of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tocsin.cloudwatch.metric_math.syntax import ValueKind


class Special(Enum):
    """Arguments which are no values; the value is how messages name them."""

    TEXT = "a quoted string"
    WHOLE = "a whole number"
    METRIC = "a metric's id"


Accepted = ValueKind | Special | str
"""What one argument may be; a str is a bare word such as REPEAT."""

Parameter = tuple[Accepted, ...]


@dataclass(frozen=True, slots=True)
class FunctionSignature:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    result: ValueKind

    def shown(self, name: str) -> str:
        """How a message writes this way of calling."""
        inside = ", ".join(
            " | ".join(
                accepted.value if isinstance(accepted, ValueKind | Special) else accepted
                for accepted in parameter
            )
            for parameter in self.parameters
        )
        return f"{name}({inside})"


class DatapointScope(Enum):
    """Which datapoints a function's result at one timestamp depends on."""

    TIMESTAMP = 1
    """Only those of the same timestamp: the result is the same in every window."""
    WINDOW = 2
    """Others of the window, so it changes with how many datapoints were fetched."""
    RAGGED = 3
    """Others of the window, and even how many series there are depends on the window."""


@dataclass(frozen=True, slots=True)
class MathFunction:
    """A function's ways to be called; ``array_scope`` is its scope when called on TS[]."""

    signatures: tuple[FunctionSignature, ...]
    scope: DatapointScope = DatapointScope.TIMESTAMP
    array_scope: DatapointScope = DatapointScope.TIMESTAMP


S, TS, TSS = ValueKind.SCALAR, ValueKind.SERIES, ValueKind.ARRAY


def _on(*parameters: Accepted | Parameter, gives: ValueKind) -> FunctionSignature:
    return FunctionSignature(
        tuple(
            parameter if isinstance(parameter, tuple) else (parameter,) for parameter in parameters
        ),
        gives,
    )


_EACH = (_on(TS, gives=TS), _on(TSS, gives=TSS))
_REDUCE = (_on(TS, gives=S), _on(TSS, gives=TS))
_FILLER: Parameter = (S, TS, "REPEAT", "LINEAR")
_SORT: tuple[Accepted | Parameter, ...] = (TSS, ("AVG", "MIN", "MAX", "SUM"), ("ASC", "DESC"))

_each = MathFunction(_EACH)
_each_in_window = MathFunction(_EACH, DatapointScope.WINDOW, DatapointScope.WINDOW)
_reduce = MathFunction(_REDUCE, DatapointScope.WINDOW)
_calendar = MathFunction((_on(TS, gives=TS),))
_pick = MathFunction((_on(TSS, gives=TS),))

FUNCTIONS: dict[str, MathFunction] = {
    **dict.fromkeys(("ABS", "CEIL", "FLOOR", "LOG", "LOG10"), _each),
    **dict.fromkeys(("DIFF", "DIFF_TIME", "RATE", "RUNNING_SUM"), _each_in_window),
    **dict.fromkeys(("AVG", "MAX", "MIN", "STDDEV", "SUM", "DATAPOINT_COUNT"), _reduce),
    **dict.fromkeys(("MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR", "EPOCH"), _calendar),
    **dict.fromkeys(("FIRST", "LAST"), _pick),
    "FILL": MathFunction((_on(TS, _FILLER, gives=TS), _on(TSS, _FILLER, gives=TSS))),
    "IF": MathFunction(
        (
            _on(TS, (S, TS), gives=TS),
            _on(TS, (S, TS), (S, TS), gives=TS),
            _on(S, TS, gives=TS),
            _on(S, TS, TS, gives=TS),
        )
    ),
    "METRICS": MathFunction((_on(gives=TSS), _on(Special.TEXT, gives=TSS))),
    "METRIC_COUNT": MathFunction((_on(TSS, gives=S),)),
    "PERIOD": MathFunction((_on(Special.METRIC, gives=S),)),
    "REMOVE_EMPTY": MathFunction((_on(TSS, gives=TSS),), array_scope=DatapointScope.RAGGED),
    "SEARCH": MathFunction(
        (
            _on(Special.TEXT, Special.TEXT, gives=TSS),
            _on(Special.TEXT, Special.TEXT, Special.WHOLE, gives=TSS),
        )
    ),
    "SLICE": MathFunction(
        (
            _on(TSS, Special.WHOLE, gives=TSS),
            _on(TSS, Special.WHOLE, Special.WHOLE, gives=TSS),
        )
    ),
    "SORT": MathFunction(
        (_on(*_SORT, gives=TSS), _on(*_SORT, Special.WHOLE, gives=TSS)),
        array_scope=DatapointScope.WINDOW,
    ),
    "TIME_SERIES": MathFunction((_on(S, gives=TS),)),
}

NOT_EVALUATED = {
    "ANOMALY_DETECTION_BAND": "it needs the trained model that AWS keeps",
    "DB_PERF_INSIGHTS": "it needs Performance Insights",
    "INSIGHT_RULE_METRIC": "it needs the Contributor Insights rule's data",
    "LAMBDA": "it calls a data source connector",
    "SERVICE_QUOTA": "it needs the account's quotas",
}
"""Functions CloudWatch has and this engine refuses, with the reason."""
