"""The ``metrics`` array of a widget: written short, read whole.

``[namespace, name, dimension, value, ..., {options}]`` or ``[{"expression": ...}]``; a ``.`` stands
for what the metric before has in its place, ``...`` for all of it.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html#CloudWatch-Dashboard-Properties-Metrics-Array-Format
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class GraphedMetric:
    """One metric of a graph; ``options`` as CloudWatch names them (stat, yAxis, color, ...)."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def visible(self) -> bool:
        return self.options.get("visible", True) is not False


@dataclass(frozen=True)
class Expression:
    """Metric math over the metrics with an ``id``."""

    expression: str
    label: str
    options: dict[str, Any] = field(default_factory=dict)


def written(entries: Iterable[GraphedMetric | Expression]) -> list[list[Any]]:
    """The array, with ``.`` where a metric repeats the one before it."""
    array: list[list[Any]] = []
    before: list[str] = []
    for entry in entries:
        if isinstance(entry, Expression):
            array.append([{"expression": entry.expression, "label": entry.label, **entry.options}])
            continue
        words = [entry.namespace, entry.name]
        for dimension in entry.dimensions.items():
            words += dimension
        short = [
            "." if place < len(before) and before[place] == word else word
            for place, word in enumerate(words)
        ]
        array.append([*short, entry.options] if entry.options else [*short])
        before = words
    return array


def read(array: Iterable[Any]) -> list[GraphedMetric]:
    """The metrics of the array, shortcuts spelled out; expressions are left out.

    Raises:
        ValueError: an entry is neither a metric nor an expression, or a shortcut stands for
            nothing.
    """
    metrics = []
    before: list[str] = []
    for index, entry in enumerate(array):
        if not isinstance(entry, list) or not entry:
            raise ValueError(f"{index}: an array of texts, options last")
        options = entry[-1] if isinstance(entry[-1], dict) else {}
        words = entry[:-1] if isinstance(entry[-1], dict) else entry
        if not words:
            if "expression" not in options:
                raise ValueError(f"{index}: neither a metric nor an expression")
            continue
        whole = _spelled_out(words, before, index)
        if len(whole) < 2 or len(whole) % 2:
            raise ValueError(f"{index}: namespace, name, then pairs of dimension and value")
        dimensions = dict(zip(whole[2::2], whole[3::2], strict=True))
        metrics.append(GraphedMetric(whole[0], whole[1], dimensions, options))
        before = whole
    return metrics


def _spelled_out(words: list[Any], before: list[str], index: int) -> list[str]:
    whole: list[str] = []
    for word in words:
        if word == "...":
            # It may stand in front of the words that differ from the metric before.
            whole += before[len(whole) : len(before) - (len(words) - words.index(word) - 1)]
        elif word == ".":
            if len(whole) >= len(before):
                raise ValueError(f"{index}: `.` stands for nothing in the metric before it")
            whole.append(before[len(whole)])
        elif isinstance(word, str) and word:
            whole.append(word)
        else:
            raise ValueError(f"{index}: found {word!r}; accepted: texts, options last")
    return whole
