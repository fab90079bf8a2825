"""Levels of monitoring.yml laid over each other: alarm settings, drill events, values."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from tocsin.alarms import KINDS, AlarmSettings
from tocsin.config.alarm_overrides import Alarms
from tocsin.config.document import KeyPath, Problem
from tocsin.config.drill_settings import DrillEvents
from tocsin.config.function_settings import FunctionSettings
from tocsin.config.watched_functions import Watched

AnyAlarm = TypeVar("AnyAlarm", bound=AlarmSettings)
Value = TypeVar("Value")


def alarms_of(
    levels: tuple[Alarms, ...], path: KeyPath, problems: list[Problem]
) -> dict[str, AlarmSettings]:
    """The alarms of one function; levels that contradict each other are added to ``problems``."""
    kinds = {name: kind.settings for name, kind in KINDS.items()}
    return settings_of(kinds, levels, path, problems)


def settings_of(
    kinds: Mapping[str, type[AlarmSettings]],
    levels: tuple[Alarms, ...],
    path: KeyPath,
    problems: list[Problem],
) -> dict[str, AlarmSettings]:
    def alarm(kind: type[AlarmSettings], field: str) -> AlarmSettings:
        try:
            return lay_over(kind, field, levels)
        except ValidationError as error:
            for problem in error.errors():
                message = problem["msg"].removeprefix("Value error, ")
                found, _, accepted = message.partition(": ")
                written = to_camel(field)
                problems.append(Problem((*path, written), found, accepted or message))
            return kind.model_validate({})

    return {name: alarm(settings, name.replace("-", "_")) for name, settings in kinds.items()}


def first_given(override: Value | None, declared: Value | None, default: Value) -> Value:
    if override is not None:
        return override
    return declared if declared is not None else default


def function_value(
    declared: FunctionSettings, override: FunctionSettings, names: tuple[str, ...], default: Value
) -> Value:
    """What a function has for a key, by any of its names; null takes a lower level's away."""
    for level in (override, declared):
        given = [name for name in names if name in level.model_fields_set]
        if given:
            values = [getattr(level, name) for name in given]
            return next((value for value in values if value is not None), default)
    return default


def environment_of(*levels: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of all levels, lowest first; null takes a lower level's away."""
    laid = {name: value for level in levels for name, value in level.items()}
    return {name: value for name, value in laid.items() if value is not None}


def drill_events(*levels: DrillEvents) -> DrillEvents:
    """The events of the drill, lowest level first; a null takes a lower level's event away."""
    values: dict[str, Any] = {}
    for level in levels:
        given = level.model_fields_set & DrillEvents.model_fields.keys()
        values |= {name: getattr(level, name) for name in given}
    return DrillEvents(**values)


def lay_over(kind: type[AnyAlarm], field: str, levels: tuple[Alarms, ...]) -> AnyAlarm:
    """One alarm from its levels, lowest first. A later ``enabled`` wins over an earlier one.

    ``enabled: true`` for all alarms of a level takes back an earlier false; it switches on no kind
    that is off by itself.

    Raises pydantic's ``ValidationError`` where the levels contradict each other.
    """
    values: dict[str, object] = {}
    for level in levels:
        if level.enabled is False:
            values["enabled"] = False
        elif level.enabled and values.get("enabled") is False:
            del values["enabled"]
        override = getattr(level, field)
        if override is not None:
            values.update(override.model_dump(exclude_none=True))
    return kind.model_validate(values)


def incomplete(function: Watched, path: KeyPath) -> Iterator[Problem]:
    """What an enabled alarm lacks that only somebody who knows the function can say."""
    for kind in function.alarms:
        if not function.has_alarm_of(kind):
            continue
        for lacking in KINDS[kind].lacking(function):
            keys = [to_camel(key) for key in (KINDS[kind].field, lacking.key) if key]
            yield Problem((*path, *keys), lacking.found, lacking.accepted)
