"""What holds on one stage: the levels of monitoring.yml laid over each other.

Order, later wins: built-in default, file, stage, function, stage's function.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from tocsin import names
from tocsin.alarms import API_KINDS, KINDS, AlarmSettings
from tocsin.alarms.kind import answers_are_read
from tocsin.config import attachments, external, function_keys
from tocsin.config.assignment import MAIN, assign
from tocsin.config.attached_lock import AttachedLists
from tocsin.config.attachments import StageAttachment
from tocsin.config.document import KeyPath, Problem
from tocsin.config.external_lock import Lists, Selector
from tocsin.config.function_names import deployed_name
from tocsin.config.handlers import DEFAULT_HANDLER, source_of
from tocsin.config.local_names import is_local
from tocsin.config.model import (
    Alarms,
    BugSettings,
    DrillEvents,
    FunctionSettings,
    Monitoring,
    StageSettings,
)
from tocsin.config.notification import Notification
from tocsin.config.scheduled_mute import ScheduledMute
from tocsin.config.watched_functions import ExternalFunction, Function, Watched
from tocsin.nearest import nearest

AnyAlarm = TypeVar("AnyAlarm", bound=AlarmSettings)
Value = TypeVar("Value")

DEFAULT_MEMORY_MB = 256
DEFAULT_TIMEOUT_S = 10
DEFAULT_ROLLBACK_MINUTES = 10


@dataclass(frozen=True)
class Stage:
    """Everything monitoring.yml says about one stage, complete."""

    service: str
    name: str
    suffix: str
    region: str
    runtime: str
    architecture: str
    protected: bool
    paging: str
    roles: str
    # How long an alarm may still undo a deploy; None where none does.
    rollback_minutes: int | None
    runbook: str
    topic_key: str
    log_level: str
    log_retention_days: int
    error_retention_days: int
    environment: dict[str, str]
    redact_keys: tuple[str, ...]
    redact_emails: bool
    bugs: BugSettings
    # Whether errorlog answers the drill's events, and whether people hear of a drill.
    drill_answer: bool
    drill_notify: bool
    notifications: tuple[Notification, ...]
    functions: tuple[Function, ...]
    external_functions: tuple[ExternalFunction, ...] = ()
    # What lists them; `unlisted` are those that nobody has asked the account for yet.
    selectors: tuple[Selector, ...] = ()
    unlisted: tuple[Selector, ...] = ()
    attachments: tuple[StageAttachment, ...] = ()
    mutes: tuple[ScheduledMute, ...] = ()
    # Of alarms on APIs, by kind.
    api_settings: Mapping[str, AlarmSettings] = field(default_factory=dict)
    # Of every function of monitoring.yml, also those that this stage leaves out.
    stack_numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        return is_local(self.name)

    @property
    def stack_name(self) -> str:
        return names.stack(self.service, self.suffix)

    @property
    def watched(self) -> tuple[Watched, ...]:
        """All that gets alarms, a row on a dashboard and a way to the collector."""
        return (*self.functions, *self.external_functions)

    @property
    def groups(self) -> tuple[tuple[Watched, ...], ...]:
        """``watched`` by stack: ``groups[0]`` is in the main stack, ``groups[1]`` in stack 2.

        There is always a first group; one that has lost its functions is empty.
        """
        groups: dict[int, list[Watched]] = {MAIN: []}
        for function in self.watched:
            groups.setdefault(
                self.stack_numbers.get(function.place or function.key, MAIN), []
            ).append(function)
        return tuple(tuple(groups.get(number, ())) for number in range(MAIN, max(groups) + 1))

    @property
    def called_functions(self) -> tuple[Notification, ...]:
        """Subscribed functions of this region: each takes calls only from whoever may call it."""
        functions = [
            notification for notification in self.notifications if notification.protocol == "lambda"
        ]
        return tuple(function for function in functions if function.place[0] == self.region)

    @property
    def people(self) -> tuple[Notification, ...]:
        """Who is told by the notifier, which the stage has for them."""
        return tuple(
            notification for notification in self.notifications if notification.is_explained
        )

    def function(self, key: str) -> Function | None:
        return next((function for function in self.functions if function.key == key), None)


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
    settings = monitoring.stages[stage_name]
    suffix = settings.environment_suffix or stage_name
    problems: list[Problem] = []
    functions = []
    for key, declared in monitoring.functions.items():
        override = settings.functions.get(key, FunctionSettings())
        if (override.enabled if override.enabled is not None else declared.enabled) is False:
            continue
        functions.append(
            _function(monitoring, settings, key, declared, override, suffix, root, problems)
        )
    given = list(external.entries(monitoring, stage_name, lists or {}))
    levels = (monitoring.alarms, settings.alarms)
    found: list[tuple[KeyPath, ExternalFunction]] = list(
        external.external_functions(
            given,
            levels,
            lambda settings, path: _alarms(settings, path, problems),
            monitoring.owner or "",
        )
    )
    attached_to = attachments.attachments(monitoring, stage_name, attached or {})
    problems += attachments.unknown_functions(attached_to)
    found += attachments.attached_functions(
        root, attached_to, levels, lambda settings, path: _alarms(settings, path, problems)
    )
    problems += external.contradictions(functions, found, suffix)
    for path, function in found:
        problems += _incomplete(function, (*path, "alarms"))
    stage = Stage(
        service=monitoring.service,
        name=stage_name,
        suffix=suffix,
        region=region or settings.region or monitoring.region,
        runtime=monitoring.runtime,
        architecture=monitoring.architecture,
        protected=settings.protected,
        paging=settings.paging or monitoring.paging,
        roles=settings.roles or monitoring.roles,
        rollback_minutes=_rollback_minutes(monitoring, stage_name, problems),
        runbook=settings.runbook or monitoring.runbook,
        topic_key=settings.topic_key or monitoring.topic_key,
        log_level=settings.log_level,
        log_retention_days=settings.log_retention_days,
        error_retention_days=settings.error_retention_days,
        environment=settings.environment,
        redact_keys=tuple(monitoring.redaction.keys),
        redact_emails=monitoring.redaction.emails,
        bugs=monitoring.bugs,
        drill_answer=_first(settings.drill.answer, monitoring.drill.answer, True),
        drill_notify=_first(settings.drill.notify, monitoring.drill.notify, False),
        notifications=_notifications(monitoring, stage_name, problems),
        functions=tuple(functions),
        external_functions=tuple(function for _, function in found),
        selectors=tuple(dict.fromkeys(entry.selector for entry in given if entry.selector)),
        unlisted=tuple(
            dict.fromkeys(
                entry.selector for entry in given if entry.selector and entry.found is None
            )
        ),
        attachments=attached_to,
        api_settings=_settings_of(API_KINDS, levels, ("alarms",), problems),
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
    stage = replace(stage, mutes=_mutes(monitoring, stage, problems))
    if len(stage.stack_name) > names.LIMITS["stack"]:
        problems.append(
            Problem(
                ("service",),
                f"stack name {stage.stack_name}, {len(stage.stack_name)} characters",
                f"at most {names.LIMITS['stack']}",
            )
        )
    return stage, problems


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
    if not _first(override.enabled, declared.enabled, False):
        return None
    return _first(override.minutes, declared.minutes, DEFAULT_ROLLBACK_MINUTES)


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
    answers = (
        override.record_answers if override.record_answers is not None else declared.record_answers
    )
    events = _first(override.events, declared.events, [])
    # Where nobody wrote which answers count, errorlog's default does; it matters where one is read.
    handler = _first(override.handler, declared.handler, DEFAULT_HANDLER)
    keys = function_keys.as_written(declared.model_extra, override.model_extra)
    # A Function URL reads the status of an answer as an API does.
    read = answers_are_read(events) or bool(keys.get("url"))
    counted = answers if answers is not None else read
    concurrency = (
        override.reserved_concurrency
        if override.reserved_concurrency is not None
        else declared.reserved_concurrency
    )
    if isinstance(concurrency, dict):  # only the deployed stack knows the number
        keys["reservedConcurrency"] = concurrency
    source = source_of(root, key, handler, override.source or declared.source)
    function = Function(
        key=key,
        name=deployed_name(override.name or declared.name, key, monitoring.service, suffix),
        named=bool(override.name or declared.name),
        description=_first(override.description, declared.description, f"{key} function"),
        handler=handler,
        source=source,
        folder=source.relative_to(root).as_posix(),
        memory=_first(_memory(override), _memory(declared), DEFAULT_MEMORY_MB),
        timeout=_first(override.timeout, declared.timeout, DEFAULT_TIMEOUT_S),
        runtime=str(keys.get("runtime") or monitoring.runtime),
        architecture=str(keys.get("architecture") or monitoring.architecture),
        keys=keys,
        reserved_concurrency=concurrency if isinstance(concurrency, int) else None,
        environment={**stage.environment, **declared.environment, **override.environment},
        record_answers=(None if answers is None else tuple(dict.fromkeys(answers))),
        answers_namespace=monitoring.service if counted else "",
        events=tuple(events),
        permissions=tuple(_first(override.permissions, declared.permissions, [])),
        drill=drill_events(monitoring.drill, stage.drill, declared.drill, override.drill),
        alarm_settings=_alarms(levels, path, problems),
        owner=override.owner or declared.owner or monitoring.owner or "",
    )
    problems += _incomplete(function, path)
    return function


def _memory(settings: FunctionSettings) -> int | None:
    """By our word for it, or by Serverless's."""
    return settings.memory if settings.memory is not None else settings.memory_size


def _notifications(
    monitoring: Monitoring, stage_name: str, problems: list[Problem]
) -> tuple[Notification, ...]:
    """Those of the stage; one that repeats another is added to ``problems``, and owners that are
    none or cannot be paged apart."""
    owners = {monitoring.owner}
    owners |= {function.owner for function in monitoring.functions.values()}
    owners |= {entry.owner for entry in monitoring.external_functions}
    paging = monitoring.stages[stage_name].paging or monitoring.paging
    found: dict[str, tuple[int, Notification]] = {}
    for index, notification in enumerate(monitoring.notifications):
        if notification.stages is not None and stage_name not in notification.stages:
            continue
        for position, owner in enumerate(notification.owners):
            if owner not in owners:
                path: KeyPath = ("notifications", index, "owners", position)
                known = sorted(known for known in owners if known)
                accepted = nearest(owner, known) if known else "an owner that a function names"
                problems.append(Problem(path, repr(owner), accepted))
        if notification.owners and notification.severity == "page" and paging == "stage":
            # One page for whatever fails first: the next owner would not be told.
            path = ("notifications", index, "owners")
            together = f"{', '.join(notification.owners)}, and one page for the stage as a whole"
            problems.append(Problem(path, together, "owners of pages with `paging: function`"))
        first, _ = found.setdefault(notification.logical_id, (index, notification))
        if first != index:
            same = f"the same as notifications[{first}] on {stage_name}"
            problems.append(Problem(("notifications", index), same, "each once"))
    return tuple(function for _, function in found.values())


def _mutes(
    monitoring: Monitoring, stage: Stage, problems: list[Problem]
) -> tuple[ScheduledMute, ...]:
    """The windows of ``stage``; those that would mute another thing than they say are problems."""
    found: dict[str, ScheduledMute] = {}
    watched = {function.key: function for function in stage.watched}
    named = (entry.name for entry in monitoring.external_functions if entry.name)
    declared = {*monitoring.functions, *watched, *named}
    for index, mute in enumerate(monitoring.mute):
        for position, name in enumerate(mute.stages or ()):
            if name not in monitoring.stages:
                path: KeyPath = ("mute", index, "stages", position)
                problems.append(Problem(path, repr(name), nearest(name, [*monitoring.stages])))
        if mute.stages is not None and stage.name not in mute.stages:
            continue
        if mute.name in found:
            path = ("mute", index, "name")
            problems.append(Problem(path, f"{mute.name!r} again", "each name once on a stage"))
        found[mute.name] = mute
        for position, key in enumerate(mute.functions):
            path = ("mute", index, "functions", position)
            if key not in declared:
                problems.append(Problem(path, repr(key), nearest(key, sorted(declared))))
            elif key in watched and watched[key].pages and stage.paging == "stage":
                # The page is one for all that fails: it cannot leave out one function.
                together = f"{key}, whose pages are the stage's as a whole"
                accepted = "`paging: function`, or no functions: all alarms are muted then"
                problems.append(Problem(path, together, accepted))
    return tuple(found.values())


def _incomplete(function: Watched, path: KeyPath) -> Iterator[Problem]:
    """What an enabled alarm lacks that only somebody who knows the function can say."""
    for kind in function.alarms:
        if not function.has_alarm_of(kind):
            continue
        for lacking in KINDS[kind].lacking(function):
            keys = [to_camel(key) for key in (KINDS[kind].field, lacking.key) if key]
            yield Problem((*path, *keys), lacking.found, lacking.accepted)


def _alarms(
    levels: tuple[Alarms, ...], path: KeyPath, problems: list[Problem]
) -> dict[str, AlarmSettings]:
    """The alarms of one function; levels that contradict each other are added to ``problems``."""
    kinds = {name: kind.settings for name, kind in KINDS.items()}
    return _settings_of(kinds, levels, path, problems)


def _settings_of(
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


def _first(override: Value | None, declared: Value | None, default: Value) -> Value:
    if override is not None:
        return override
    return declared if declared is not None else default


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
