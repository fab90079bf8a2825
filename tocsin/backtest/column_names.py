"""The name of a series as one text: the heading of a column in CSV and Parquet.

``AWS/Lambda Errors{FunctionName=orders-function-dev} Sum 60``, with `` Count`` behind it where a
unit was asked for. Signs that have a meaning here are percent-encoded inside a part.
"""

import re
from urllib.parse import quote, unquote

from tocsin.cloudwatch import Metric, MetricStat

ACCEPTED = "a name such as `AWS/Lambda Errors{FunctionName=orders} Sum 60`"

_PLAIN = "/:#.-_@+$*!()"
_FORM = re.compile(
    r"(?P<namespace>\S+) (?P<name>[^\s{]+)\{(?P<dimensions>[^{}]*)\} "
    r"(?P<stat>\S+) (?P<period>[1-9]\d*)(?: (?P<unit>\S+))?"
)


def name_of(stat: MetricStat) -> str:
    """The name of a statistic's series."""
    metric = stat.metric
    dimensions = ",".join(f"{_quoted(key)}={_quoted(value)}" for key, value in metric.dimensions)
    unit = f" {_quoted(stat.unit)}" if stat.unit else ""
    return (
        f"{_quoted(metric.namespace)} {_quoted(metric.name)}{{{dimensions}}} "
        f"{_quoted(stat.stat)} {stat.period}{unit}"
    )


def stat_of(name: str) -> MetricStat | None:
    """The statistic that a name means; None where it is no such name."""
    match = _FORM.fullmatch(name.strip())
    if match is None:
        return None
    dimensions = {}
    for pair in filter(None, match["dimensions"].split(",")):
        key, sign, value = pair.partition("=")
        if not sign or unquote(key) in dimensions:
            return None
        dimensions[unquote(key)] = unquote(value)
    metric = Metric.of(unquote(match["namespace"]), unquote(match["name"]), dimensions)
    unit = unquote(match["unit"]) if match["unit"] else None
    return MetricStat(metric, int(match["period"]), unquote(match["stat"]), unit)


def _quoted(text: str) -> str:
    return quote(text, safe=_PLAIN)
