"""``attach`` on one stage: to what, and the functions that were found there."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tocsin import names
from tocsin.alarms import AlarmSettings
from tocsin.config.alarm_overrides import Alarms
from tocsin.config.attached_lock import Attached, AttachedLists
from tocsin.config.attachment_settings import AttachedFunctionSettings, Attachment
from tocsin.config.document import KeyPath, Problem
from tocsin.config.model import Monitoring
from tocsin.config.watched_functions import AttachedFunction
from tocsin.nearest import nearest

KEY = "attach"
STAGE_PLACE = "{stage}"

AlarmsOf = Callable[[tuple[Alarms, ...], KeyPath], Mapping[str, AlarmSettings]]


@dataclass(frozen=True)
class StageAttachment:
    """One entry of the file that holds on the stage; ``found`` is None where nobody looked yet.

    ``template`` and ``stack`` are as of the stage, empty where not given.
    """

    index: int
    settings: Attachment
    template: str
    stack: str
    parameters: Mapping[str, str]
    found: tuple[Attached, ...] | None

    @property
    def path(self) -> KeyPath:
        return (KEY, self.index)

    @property
    def source(self) -> str:
        """What it is called in the lock and in messages."""
        return (
            f"{self.stack} ({self.template})"
            if self.stack and self.template
            else (self.stack or self.template)
        )

    @property
    def waiting(self) -> tuple[str, ...]:
        """The functions, as their owner calls them, whose names a deployment will give."""
        return tuple(
            function.label
            for function in self.functions
            if function.name is None and self.of(function).name is None
        )

    @property
    def functions(self) -> tuple[Attached, ...]:
        """Those found that are to be watched."""
        return tuple(
            function
            for function in self.found or ()
            if self.of(function).enabled is not False
            and not {function.id, function.label, function.name} & set(self.settings.except_)
        )

    def of(self, function: Attached) -> AttachedFunctionSettings:
        """What the entry says of one function, by its label, id or name."""
        for name in (function.label, function.id, function.name):
            if name is not None and name in self.settings.functions:
                return self.settings.functions[name]
        return AttachedFunctionSettings()


def attachments(
    monitoring: Monitoring, stage: str, lists: AttachedLists
) -> tuple[StageAttachment, ...]:
    """The entries of ``stage`` in the file's order."""
    found = []
    for index, settings in enumerate(monitoring.attach):
        if settings.stages is not None and stage not in settings.stages:
            continue
        entry = StageAttachment(
            index,
            settings,
            template=(settings.template or "").replace(STAGE_PLACE, stage),
            stack=(settings.stack or "").replace(STAGE_PLACE, stage),
            parameters={
                key: value.replace(STAGE_PLACE, stage) for key, value in settings.parameters.items()
            },
            found=None,
        )
        listed = lists.get(stage, {}).get(entry.source)
        found.append(entry if listed is None else replace(entry, found=tuple(listed)))
    return tuple(found)


def all_places(monitoring: Monitoring, lists: AttachedLists) -> list[str]:
    """Every attached function of any stage, each once: a stack number is for all stages."""
    found = [
        _place(entry, function)
        for stage in monitoring.stages
        for entry in attachments(monitoring, stage, lists)
        for function in entry.functions
        if function.name is not None or entry.of(function).name is not None
    ]
    return list(dict.fromkeys(found))


def attached_functions(
    root: Path, given: Sequence[StageAttachment], levels: tuple[Alarms, ...], alarms_of: AlarmsOf
) -> Iterator[tuple[KeyPath, AttachedFunction]]:
    """Those of the functions of ``given`` whose names are known, with the path of their entry."""
    for entry in given:
        for function in entry.functions:
            settings = entry.of(function)
            name = settings.name or function.name
            if name is None:
                continue
            path: KeyPath = entry.path
            group = settings.log_group or function.log_group
            yield (
                path,
                AttachedFunction(
                    key=name,
                    name=name,
                    timeout=function.timeout,
                    drill=settings.drill,
                    reserved_concurrency=function.reserved_concurrency,
                    events=tuple(function.events),
                    own_log_group=None if group == names.log_group(name) else group,
                    alarm_settings=alarms_of(
                        (*levels, entry.settings.alarms, settings.alarms), (*path, "alarms")
                    ),
                    # A group that somebody names is there, as one of externalFunctions.
                    has_log_group=function.logs or settings.log_group is not None,
                    answers_drill=function.answers_drill,
                    place=_place(entry, function),
                    label=function.label,
                    id=function.id,
                    runtime=function.runtime,
                    handler=function.handler,
                    memory=function.memory,
                    source=_source(root, settings.source or function.source),
                    missing_source=_missing(root, settings.source),
                    lacks=tuple(function.lacks),
                    unknown=tuple(function.unknown),
                    automatic=function.automatic,
                    wants_automatic=settings.zero_code,
                    gone=function.gone,
                ),
            )


def unknown_functions(given: Sequence[StageAttachment]) -> Iterator[Problem]:
    """Settings for functions that nobody found."""
    for entry in given:
        if entry.found is None:
            continue
        known = {
            name
            for function in entry.found
            for name in (function.label, function.id, function.name)
            if name is not None
        }
        labels = [function.label for function in entry.found]
        for key in ("functions", "except"):
            wanted = entry.settings.functions if key == "functions" else entry.settings.except_
            for index, name in enumerate(wanted):
                if name not in known:
                    where = name if key == "functions" else index
                    yield Problem(
                        (*entry.path, key, where),
                        f"no function {name} in {entry.source}",
                        nearest(name, labels) or "none: nothing was found there",
                    )


def _source(root: Path, path: str) -> Path | None:
    return root / path if path and os.path.isdir(root / path) else None


def _missing(root: Path, path: str) -> str:
    """The folder that an owner names and that is not there; it may be on another machine."""
    return path if path and _source(root, path) is None else ""


def _place(entry: StageAttachment, function: Attached) -> str:
    """What stays the same on every stage."""
    where = entry.settings.stack or entry.settings.template or ""
    return f"{where}#{function.id}"
