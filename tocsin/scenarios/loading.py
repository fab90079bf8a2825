"""Alarms to test: from a CloudFormation template, or from what DescribeAlarms answered.

A definition that cannot be evaluated does not end the reading: it is kept with its problems and
with why, so that one bad alarm does not hide what is wrong with the others.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from tocsin.cloudformation.compiled_alarms import ALARM_TYPES, alarm_readers
from tocsin.cloudformation.compiled_mutes import CompiledMute, mute_rules
from tocsin.cloudformation.other_stacks import OtherStack, other_stacks
from tocsin.cloudformation.template import Template
from tocsin.cloudformation.template_file import read_template
from tocsin.cloudformation.transforms import written_out
from tocsin.cloudwatch import (
    CompositeAlarm,
    DefinitionError,
    ExpressionError,
    MetricAlarm,
    NotEvaluatedError,
    UnknownValueError,
    UnsupportedFunctionError,
    alarm_from_api,
    composite_from_api,
    parse_rule,
)
from tocsin.cloudwatch.reading import shortened
from tocsin.exceptions import InputError
from tocsin.scenarios.template_context import Surroundings, surroundings


class Verdict(StrEnum):
    """Why an alarm of the file is not evaluated; the value is the finding's rule."""

    REFUSED = "definition-refused"
    NOT_EVALUATED = "not-evaluated"
    UNKNOWN = "value-unknown"


@dataclass(frozen=True)
class RefusedAlarm:
    """An alarm that is not evaluated, with one line per fault."""

    subject: str
    problems: tuple[str, ...]
    verdict: Verdict = Verdict.REFUSED

    @classmethod
    def by(cls, subject: str, error: DefinitionError | ExpressionError) -> Self:
        """What ``error`` says of ``subject``."""
        if isinstance(error, NotEvaluatedError | UnsupportedFunctionError):
            verdict = Verdict.NOT_EVALUATED
        elif isinstance(error, UnknownValueError):
            verdict = Verdict.UNKNOWN
        else:
            verdict = Verdict.REFUSED
        problems = error.problems if isinstance(error, DefinitionError) else (str(error),)
        return cls(subject, problems, verdict)


@dataclass(frozen=True)
class LoadedAlarms:
    """What was read from one file.

    ``dangling`` has (logical id of an alarm, what it refers to and the template does not have).
    ``logical_ids`` maps an alarm's name to its logical id in the template; ``surroundings`` is
    None for DescribeAlarms output, which says nothing of functions or topics. ``mutes`` are the
    template's mute rules.
    """

    metric: tuple[MetricAlarm, ...] = ()
    composite: tuple[CompositeAlarm, ...] = ()
    refused: tuple[RefusedAlarm, ...] = ()
    logical_ids: Mapping[str, str] = field(default_factory=dict)
    surroundings: Surroundings | None = None
    dangling: tuple[tuple[str, str], ...] = ()
    mutes: tuple[CompiledMute, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all alarms, metric alarms first."""
        return (*(alarm.name for alarm in self.metric), *(alarm.name for alarm in self.composite))

    @cached_property
    def children(self) -> frozenset[str]:
        """The names of the alarms that a composite alarm looks at."""
        return frozenset(
            name for alarm in self.composite for name in parse_rule(alarm.rule).children
        )

    def __getitem__(self, name: str) -> MetricAlarm | CompositeAlarm:
        return self._by_name[name]

    def with_children(self, names: Iterable[str]) -> list[MetricAlarm | CompositeAlarm]:
        """The alarms of these names, and every alarm whose state they depend on."""
        found: dict[str, MetricAlarm | CompositeAlarm] = {}
        waiting = list(names)
        while waiting:
            alarm = self._by_name.get(waiting.pop())
            if alarm is None or alarm.name in found:
                continue
            found[alarm.name] = alarm
            if isinstance(alarm, CompositeAlarm):
                waiting += parse_rule(alarm.rule).children
        return list(found.values())

    @cached_property
    def _by_name(self) -> dict[str, MetricAlarm | CompositeAlarm]:
        every: list[MetricAlarm | CompositeAlarm] = [*self.composite, *self.metric]
        return {alarm.name: alarm for alarm in every}

    def find(self, wanted: str) -> str | None:
        """The name of the alarm meant by a name or a logical id; None for no alarm."""
        return self._known.get(wanted)

    @cached_property
    def _known(self) -> dict[str, str]:
        by_logical_id = {logical_id: name for name, logical_id in self.logical_ids.items()}
        return {**by_logical_id, **{name: name for name in self.names}}


def load_alarms(path: Path, parameters: Mapping[str, str] | None = None) -> LoadedAlarms:
    """The alarms of a template (JSON or YAML) or of DescribeAlarms output (JSON).

    ``parameters`` are the template's. Raises InputError for a file that is neither.
    """
    document = read_template(path)
    if isinstance(document, Mapping) and "Resources" in document:
        return _with_other_stacks(document, parameters or {})
    if isinstance(document, Mapping) and {"MetricAlarms", "CompositeAlarms"} & document.keys():
        return alarms_described(document)
    raise InputError(
        f"{path}: found neither Resources nor MetricAlarms; accepted: a CloudFormation template "
        "or the output of `aws cloudwatch describe-alarms`"
    )


def alarms_of(
    template: Mapping[str, Any], parameters: Mapping[str, str] | None = None
) -> LoadedAlarms:
    """The alarms of a template, each read by itself."""
    return _alarms_in(_checked(template, parameters), parameters)


def _checked(template: Mapping[str, Any], parameters: Mapping[str, str] | None) -> Template:
    """A template with resources, once its transforms have run."""
    template = Template.of(template)
    if not isinstance(template.get("Resources"), Mapping):
        raise InputError("template: Resources: found no object; accepted: resources by logical id")
    return written_out(template, parameters)


def _alarms_in(template: Template, parameters: Mapping[str, str] | None) -> LoadedAlarms:
    found: list[MetricAlarm | CompositeAlarm] = []
    refused: list[RefusedAlarm] = []
    logical_ids: dict[str, str] = {}
    for logical_id, read in alarm_readers(template, parameters):
        try:
            alarm = read()
        except (DefinitionError, ExpressionError) as error:
            refused.append(RefusedAlarm.by(logical_id, error))
        else:
            found.append(alarm)
            logical_ids[alarm.name] = logical_id
    return LoadedAlarms(
        tuple(alarm for alarm in found if isinstance(alarm, MetricAlarm)),
        tuple(alarm for alarm in found if isinstance(alarm, CompositeAlarm)),
        tuple(refused),
        logical_ids,
        surroundings(template, parameters),
        tuple(_dangling(template)),
        tuple(mute_rules(template, parameters)),
    )


_DEEPEST = 3
"""Stack sets within stack sets."""
_PLACE = ("AWS::AccountId", "AWS::Region")


def _with_other_stacks(
    template: Mapping[str, Any], parameters: Mapping[str, str], depth: int = 0
) -> LoadedAlarms:
    """The alarms of a template, and of the stacks that it makes."""
    checked = _checked(template, parameters)
    found = _alarms_in(checked, parameters)
    for other in other_stacks(checked, parameters):
        if isinstance(other, DefinitionError):
            refused = RefusedAlarm.by(other.subject, other)
            found = replace(found, refused=(*found.refused, refused))
        elif depth < _DEEPEST:
            place = {name: parameters[name] for name in _PLACE if name in parameters}
            inner = _with_other_stacks(other.template, {**place, **other.parameters}, depth + 1)
            found = _both(found, inner, other)
    return found


def _both(alarms: LoadedAlarms, inner: LoadedAlarms, other: OtherStack) -> LoadedAlarms:
    """The alarms of one stack more; one that is the same as in another place is there once."""
    metric = {alarm.name: alarm for alarm in alarms.metric}
    composite = {alarm.name: alarm for alarm in alarms.composite}
    logical_ids = dict(alarms.logical_ids)
    refused = [
        replace(problem, subject=f"{other.logical_id}/{problem.subject}")
        for problem in inner.refused
    ]
    for alarm in inner.metric:
        name = alarm.name
        if _judged(metric.get(name, alarm)) != _judged(alarm):
            alarm = replace(alarm, name=f"{name} ({other.place or other.logical_id})")
        metric.setdefault(alarm.name, alarm)
        logical_ids.setdefault(alarm.name, f"{other.logical_id}/{inner.logical_ids[name]}")
    for both in inner.composite:
        if composite.setdefault(both.name, both) != both:
            # Its children's names are those of another place here.
            told = f"another rule {other.place or 'there'} than elsewhere: not evaluated here"
            refused.append(RefusedAlarm(both.name, (told,), Verdict.NOT_EVALUATED))
        logical_ids.setdefault(both.name, f"{other.logical_id}/{inner.logical_ids[both.name]}")
    around = alarms.surroundings
    if around is not None and inner.surroundings is not None:
        around = around.beside(inner.surroundings)
    return LoadedAlarms(
        tuple(metric.values()),
        tuple(composite.values()),
        tuple(dict.fromkeys((*alarms.refused, *refused))),
        logical_ids,
        around,
        tuple(dict.fromkeys((*alarms.dangling, *inner.dangling))),
        tuple(dict.fromkeys((*alarms.mutes, *inner.mutes))),
    )


def _judged(alarm: MetricAlarm) -> MetricAlarm:
    """An alarm without whom it tells, which is another account's topic in each place."""
    return replace(alarm, alarm_actions=(), ok_actions=(), insufficient_data_actions=())


def _dangling(template: Template) -> Iterator[tuple[str, str]]:
    """What CloudFormation would refuse the template for; a macro may still make what is lacking."""
    if template.get("Transform"):
        return
    known = {*template.section("Resources"), *template.section("Parameters")}
    for kind in ALARM_TYPES:
        for logical_id in template.of_type(kind):
            for target in sorted(template.references(logical_id) - known):
                yield logical_id, target
            condition = template.resources[logical_id].get("Condition")
            if isinstance(condition, str) and condition not in template.section("Conditions"):
                yield logical_id, condition


def alarms_described(document: Mapping[str, Any]) -> LoadedAlarms:
    """The alarms of a DescribeAlarms answer, each read by itself."""
    metric: list[MetricAlarm] = []
    composite: list[CompositeAlarm] = []
    refused: list[RefusedAlarm] = []
    for key in ("MetricAlarms", "CompositeAlarms"):
        described = document.get(key) or []
        if not isinstance(described, list):
            raise InputError(f"{key}: found {shortened(described)}; accepted: a list of alarms")
        for index, properties in enumerate(described):
            try:
                if key == "MetricAlarms":
                    metric.append(alarm_from_api(properties))
                else:
                    composite.append(composite_from_api(properties))
            except (DefinitionError, ExpressionError) as error:
                named = properties.get("AlarmName") if isinstance(properties, Mapping) else None
                refused.append(RefusedAlarm.by(str(named or f"{key}[{index}]"), error))
    return LoadedAlarms(tuple(metric), tuple(composite), tuple(refused))
