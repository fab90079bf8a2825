"""What holds on one stage: the levels of monitoring.yml laid over each other.

Order, later wins: built-in default, file, stage, function, stage's function.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from tocsin import names
from tocsin.alarms import API_KINDS
from tocsin.alarms.kind import answers_are_read
from tocsin.config import attachments, external, function_keys
from tocsin.config.assignment import assign
from tocsin.config.attached_lock import AttachedLists
from tocsin.config.document import KeyPath, Problem
from tocsin.config.external_lock import Lists
from tocsin.config.field_types import whole_number_of
from tocsin.config.function_names import deployed_name
from tocsin.config.function_settings import FunctionSettings
from tocsin.config.handlers import DEFAULT_HANDLER, source_of
from tocsin.config.levels import (
    alarms_of,
    drill_events,
    environment_of,
    first_given,
    function_value,
    incomplete,
    settings_of,
)
from tocsin.config.local_names import is_local
from tocsin.config.model import Monitoring, StageSettings
from tocsin.config.recipients import mutes_of, notifications_of
from tocsin.config.resolved_stage import Stage
from tocsin.config.watched_functions import ExternalFunction, Function

DEFAULT_MEMORY_MB = 256
DEFAULT_TIMEOUT_S = 10
DEFAULT_ROLLBACK_MINUTES = 10


def resolve(
    monitoring: Monitoring,
    stage_name: str,
    root: Path,
    region: str | None = None,
    stack_numbers: Mapping[str, int] | None = None,
    lists: Lists | None = None,
    attached: AttachedLists | None = None,
) -> tuple[Stage, list[Problem]]:
    """The stage, and what only shows once the levels are laid over each other.

    ``stack_numbers`` are those remembered from before; functions without one get theirs here.
    ``lists`` is what the account listed last of the external functions, ``attached`` what was
    found last of those that are attached to.
    """
    settings = _complete(monitoring, monitoring.stages[stage_name])
    suffix = settings.environment_suffix or stage_name
    problems: list[Problem] = []
    functions = _functions(monitoring, settings, suffix, root, problems)
    given = list(external.entries(monitoring, stage_name, lists or {}))
    levels = (monitoring.alarms, settings.alarms)
    found: list[tuple[KeyPath, ExternalFunction]] = list(
        external.external_functions(
            given,
            levels,
            lambda settings, path: alarms_of(settings, path, problems),
            monitoring.owner or "",
        )
    )
    attached_to = attachments.attachments(monitoring, stage_name, attached or {})
    problems += attachments.unknown_functions(attached_to)
    found += attachments.attached_functions(
        root, attached_to, levels, lambda settings, path: alarms_of(settings, path, problems)
    )
    problems += external.contradictions(functions, found, suffix)
    for path, function in found:
        problems += incomplete(function, (*path, "alarms"))
    stage = Stage(
        service=monitoring.service,
        name=stage_name,
        suffix=suffix,
        region=region or str(settings.region),
        runtime=monitoring.runtime,
        architecture=monitoring.architecture,
        protected=settings.protected,
        paging=str(settings.paging),
        roles=str(settings.roles),
        rollback_minutes=_rollback_minutes(monitoring, stage_name, problems),
        runbook=str(settings.runbook),
        topic_key=str(settings.topic_key),
        settings=settings,
        environment=environment_of(settings.environment),
        redact_keys=tuple(monitoring.redaction.keys),
        redact_emails=monitoring.redaction.emails,
        bugs=monitoring.bugs,
        drill_answer=first_given(settings.drill.answer, monitoring.drill.answer, True),
        drill_notify=first_given(settings.drill.notify, monitoring.drill.notify, False),
        notifications=notifications_of(monitoring, stage_name, problems),
        functions=functions,
        external_functions=tuple(function for _, function in found),
        selectors=tuple(dict.fromkeys(entry.selector for entry in given if entry.selector)),
        unlisted=tuple(
            dict.fromkeys(
                entry.selector for entry in given if entry.selector and entry.found is None
            )
        ),
        attachments=attached_to,
        api_settings=settings_of(API_KINDS, levels, ("alarms",), problems),
        # Of all functions, not of the stage's: a function is in the same stack on every stage.
        stack_numbers=assign(
            [
                *monitoring.functions,
                *external.all_names(monitoring, lists or {}),
                *attachments.all_places(monitoring, attached or {}),
            ],
            stack_numbers or {},
        ),
    )
    stage = replace(stage, mutes=mutes_of(monitoring, stage, problems))
    if len(stage.stack_name) > names.LIMITS["stack"]:
        problems.append(
            Problem(
                ("service",),
                f"stack name {stage.stack_name}, {len(stage.stack_name)} characters",
                f"at most {names.LIMITS['stack']}",
            )
        )
    return stage, problems


def _complete(monitoring: Monitoring, stage: StageSettings) -> StageSettings:
    """The stage's settings; what it leaves open is the file's, of the keys that both may have."""
    of_both = StageSettings.model_fields.keys() & Monitoring.model_fields.keys()
    left_open = {key: getattr(monitoring, key) for key in of_both if getattr(stage, key) is None}
    return stage.model_copy(update=left_open)


def _rollback_minutes(
    monitoring: Monitoring, stage_name: str, problems: list[Problem]
) -> int | None:
    declared, override = monitoring.rollback, monitoring.stages[stage_name].rollback
    if is_local(stage_name):
        # What holds for all stages passes it by; what asks for it here would be disappointed.
        if override.enabled:
            path = ("stages", stage_name, "rollback", "enabled")
            problems.append(Problem(path, "True", "false; nothing watches a deploy there"))
        return None
    if not first_given(override.enabled, declared.enabled, False):
        return None
    return first_given(override.minutes, declared.minutes, DEFAULT_ROLLBACK_MINUTES)


def _functions(
    monitoring: Monitoring,
    stage: StageSettings,
    suffix: str,
    root: Path,
    problems: list[Problem],
) -> tuple[Function, ...]:
    """The stage's own, but those that are turned off."""
    return tuple(
        _function(monitoring, stage, key, declared, override, suffix, root, problems)
        for key, declared in monitoring.functions.items()
        for override in [stage.functions.get(key, FunctionSettings())]
        if first_given(override.enabled, declared.enabled, True)
    )


def _function(
    monitoring: Monitoring,
    stage: StageSettings,
    key: str,
    declared: FunctionSettings,
    override: FunctionSettings,
    suffix: str,
    root: Path,
    problems: list[Problem],
) -> Function:
    levels = (monitoring.alarms, stage.alarms, declared.alarms, override.alarms)
    path: KeyPath = ("functions", key, "alarms")
    given = partial(function_value, declared, override)
    answers = given(("record_answers",), None)
    events: list[dict[str, Any]] = given(("events",), [])
    # Where nobody wrote which answers count, errorlog's default does; it matters where one is read.
    handler = given(("handler",), DEFAULT_HANDLER)
    keys = function_keys.as_written(declared.model_extra, override.model_extra)
    # A Function URL reads the status of an answer as an API does.
    read = answers_are_read(events) or bool(keys.get("url"))
    counted = answers if answers is not None else read
    concurrency = whole_number_of(given(("reserved_concurrency",), None))
    if not isinstance(concurrency, int | None):  # only osls, or the deployed stack, knows it
        keys["reservedConcurrency"] = concurrency
    source = source_of(root, key, handler, given(("source",), None))
    name = given(("name",), None)
    function = Function(
        key=key,
        name=deployed_name(name, key, monitoring.service, suffix),
        named=bool(name),
        description=given(("description",), f"{key} function"),
        handler=handler,
        source=source,
        folder=source.relative_to(root).as_posix(),
        memory=given(("memory", "memory_size"), DEFAULT_MEMORY_MB),
        timeout=given(("timeout",), DEFAULT_TIMEOUT_S),
        runtime=str(keys.get("runtime") or monitoring.runtime),
        architecture=str(keys.get("architecture") or monitoring.architecture),
        keys=keys,
        reserved_concurrency=concurrency if isinstance(concurrency, int) else None,
        environment=environment_of(stage.environment, declared.environment, override.environment),
        record_answers=(None if answers is None else tuple(dict.fromkeys(answers))),
        answers_namespace=monitoring.service if counted else "",
        events=tuple(events),
        permissions=tuple(given(("permissions",), [])),
        drill=drill_events(monitoring.drill, stage.drill, declared.drill, override.drill),
        alarm_settings=alarms_of(levels, path, problems),
        owner=given(("owner",), monitoring.owner or ""),
    )
    problems += incomplete(function, path)
    return function
