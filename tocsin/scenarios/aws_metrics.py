"""Which metrics AWS's services report, and under which dimensions: aws_metrics.yml, typed."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field, field_validator

from tocsin.cloudformation.undecided import Undecided
from tocsin.cloudwatch import Metric
from tocsin.findings import Finding, Severity
from tocsin.nearest import nearest
from tocsin.strict_model import StrictModel

FILE = Path(__file__).with_name("aws_metrics.yml")
_ANY = "_*"
_NUMBER = re.compile(r"(?<=\.)\d+(?=\.)", re.ASCII)
# From here on one name is taken for another that is misspelt.
_MISSPELT = 0.85
_ENDINGS = re.compile(
    r"(?:ies|y|s|count|number|rate|percent|percentage|maximum|minimum|average|space|bytes"
    r"|id|name|arn|identifier)$"
)


class NamespaceMetrics(StrictModel):
    """What one namespace has; the keys are explained in the file.

    ``metrics`` and ``dimensions`` are names; no dimensions: any may be.
    """

    metrics: frozenset[str]
    dimensions: frozenset[str] = frozenset()
    always: tuple[str, ...] = ()
    beside: Mapping[str, tuple[str, ...]] = Field(default={}, alias="with")
    grows: bool = False

    @field_validator("metrics", mode="before")
    @classmethod
    def _split(cls, text: str) -> frozenset[str]:
        return frozenset(text.split(", "))

    @field_validator("dimensions", mode="before")
    @classmethod
    def _named(cls, names: list[str]) -> frozenset[str]:
        return frozenset(names)

    @field_validator("always", mode="before")
    @classmethod
    def _listed(cls, names: list[str]) -> tuple[str, ...]:
        return tuple(names)

    @field_validator("beside", mode="before")
    @classmethod
    def _paired(cls, pairs: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
        return {name: tuple(others) for name, others in pairs.items()}

    def has(self, metric: str) -> bool:
        numbered = _NUMBER.sub("executorId", metric)
        return not self.metrics.isdisjoint((metric, numbered)) or any(
            metric.startswith(name.removesuffix("*"))
            for name in self.metrics
            if name.endswith(_ANY)
        )


class AwsMetrics(StrictModel):
    """``misnamed``: what is written for a namespace -> the one that is meant."""

    date: dt.date
    misnamed: Mapping[str, str]
    namespaces: Mapping[str, NamespaceMetrics]


@cache
def aws_metrics() -> AwsMetrics:
    """All that is known, as of the date in the file."""
    document = yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return AwsMetrics.model_validate(document)


def unreported(alarm: str, metric: Metric) -> Iterator[Finding]:
    """What of ``metric``'s names AWS does not report, for ``alarm``; nothing of what is not known.

    A namespace that is not in the file may be somebody's own.
    """
    known = aws_metrics()
    if isinstance(metric.namespace, Undecided):
        return
    service = known.namespaces.get(metric.namespace)
    if service is None:
        meant = _meant(metric.namespace, known)
        if meant:
            told = f"{metric}: no metric is reported under {metric.namespace}; {meant} is meant?"
            yield Finding(Severity.ERROR, "unknown-namespace", alarm, told)
        return
    if not service.has(metric.name) and not isinstance(metric.name, Undecided):
        told = (
            f"{metric.namespace} has no metric {metric.name} (as of {known.date}); "
            f"it has {nearest(metric.name, sorted(service.metrics))}"
        )
        sure = not service.grows or is_slip(metric.name, service.metrics)
        severity = Severity.ERROR if sure else Severity.WARNING
        yield Finding(severity, "unknown-metric", alarm, told)
    yield from _dimensions(alarm, metric, service, known.date)


def _dimensions(
    alarm: str, metric: Metric, service: NamespaceMetrics, date: dt.date
) -> Iterator[Finding]:
    given = {name for name, _ in metric.dimensions}
    odd = sorted(given - service.dimensions) if service.dimensions else []
    for name in odd:
        told = (
            f"{metric}: {metric.namespace} reports no dimension {name} (as of {date}); "
            f"it has {nearest(name, sorted(service.dimensions))}"
        )
        sure = not service.grows or is_slip(name, service.dimensions)
        severity = Severity.ERROR if sure else Severity.WARNING
        yield Finding(severity, "unknown-dimension", alarm, told)
    if odd:
        return
    lacking = [name for name in service.always if name not in given]
    if lacking:
        told = f"{metric}: {metric.namespace} reports nothing without {' and '.join(lacking)}"
        yield Finding(Severity.ERROR, "unknown-dimension", alarm, told)
    for name, others in service.beside.items():
        if name in given and given.isdisjoint(others):
            told = f"{metric}: {metric.namespace} reports {name} only beside {' or '.join(others)}"
            yield Finding(Severity.ERROR, "unknown-dimension", alarm, told)


def _meant(namespace: str, known: AwsMetrics) -> str:
    """The namespace that one which is not there stands for; empty where nothing tells."""
    if namespace in known.misnamed:
        return known.misnamed[namespace]
    by_letters = {_letters(name): meant for name, meant in known.misnamed.items()}
    by_letters |= {_letters(name): name for name in known.namespaces}
    letters = _letters(namespace)
    one_or_many = (letters, f"{letters}s", letters.removesuffix("s"))
    return next((by_letters[other] for other in one_or_many if other in by_letters), "")


def is_misspelt(name: str, names: Iterable[str]) -> bool:
    """Whether ``name`` is nearly one of ``names``."""
    return any(_likeness(name.lower(), other.lower()) >= _MISSPELT for other in names)


def is_slip(name: str, names: Iterable[str]) -> bool:
    """Whether ``name`` is one of AWS's ``names`` misspelt or with another ending."""
    stem = _stem(name)
    return is_misspelt(name, names) or any(_stem(other) == stem for other in names)


def _stem(name: str) -> str:
    """What is left of a name without the endings that people leave out or put in."""
    letters = _letters(name)
    shorter = _ENDINGS.sub("", letters)
    while shorter and shorter != letters:
        letters, shorter = shorter, _ENDINGS.sub("", shorter)
    return letters


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if matcher.real_quick_ratio() >= _MISSPELT else 0.0


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
