"""What a compiled alarm reads, told apart by everything that makes it another metric."""

from typing import Any, NamedTuple

from tocsin.cloudformation.template import Properties


class Read(NamedTuple):
    """One metric as an alarm reads it; two are equal whatever the order of their dimensions."""

    namespace: str
    metric: str
    statistic: str
    period: str
    dimensions: frozenset[tuple[str, str]]


def reads(alarm: Properties) -> set[Read]:
    """Everything that an alarm reads, from its one metric or its metric math."""
    found = set()
    if "MetricName" in alarm:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic")
        found.add(_read(alarm, statistic, alarm.get("Period")))
    for query in alarm.get("Metrics", []):
        if "MetricStat" in query:
            stat = query["MetricStat"]
            found.add(_read(stat["Metric"], stat.get("Stat"), stat.get("Period")))
    return found


def _read(metric: Properties, statistic: Any, period: Any) -> Read:
    dimensions = frozenset(
        (str(dimension["Name"]), _text(dimension["Value"]))
        for dimension in metric.get("Dimensions", [])
    )
    namespace, name = str(metric.get("Namespace")), str(metric.get("MetricName"))
    return Read(namespace, name, str(statistic), str(period), dimensions)


def _text(value: Any) -> str:
    """A value that refers to a resource by Fn::Sub is the text of that."""
    if isinstance(value, dict) and value.keys() == {"Fn::Sub"}:
        value = value["Fn::Sub"]
    return str(value)
