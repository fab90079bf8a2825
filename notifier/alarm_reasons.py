"""The datapoints that CloudWatch names in the reason of a state.

``Threshold Crossed: 2 out of the last 2 datapoints [9.0 (28/11/26 10:15:00), 7.2 (28/11/26
10:14:00)] were greater than the threshold (5.0) ...``: newest first, UTC.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime

_MOST = 2_000
_DATAPOINT = re.compile(r"(?<![\w.])(-?\d[0-9.E+-]{0,30}) \((\d\d/\d\d/\d\d \d\d:\d\d:\d\d)\)")


@dataclass(frozen=True)
class NamedDatapoint:
    """A value and the beginning of its period."""

    value: float
    at: datetime


def datapoints(reason: str) -> tuple[NamedDatapoint, ...]:
    """The datapoints of ``reason``, newest first; none where it names none."""
    found = []
    for value, at in _DATAPOINT.findall(reason[:_MOST]):
        try:
            point = NamedDatapoint(
                float(value), datetime.strptime(at, "%d/%m/%y %H:%M:%S").replace(tzinfo=UTC)
            )
        except ValueError:
            continue
        if math.isfinite(point.value):
            found.append(point)
    return tuple(sorted(found, key=lambda point: point.at, reverse=True))
