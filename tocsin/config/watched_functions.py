"""The functions of a stage, complete: its own, and those that other stacks deploy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tocsin import names
from tocsin.alarms import KINDS, AlarmDefinition, AlarmSettings
from tocsin.config.drill_settings import DrillEvents
from tocsin.config.handlers import FUNCTIONS, SHARED, is_python
from tocsin.config.permission import Permission


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What alarms, dashboards and the collector need of a function, whoever deploys it.

    ``name`` is the deployed one. Timeout in seconds; None where nothing tells. ``events`` are what
    calls it, as in serverless.yml. ``owner`` is who answers for it; empty where nobody says.
    ``answers_namespace`` is the one of its metric ``FailedAnswers``, where answers that report a
    failure count as failures; else empty. ``keys`` are those of osls that go to serverless.yml as
    they are written.
    """

    key: str
    name: str
    timeout: int | None
    drill: DrillEvents
    alarm_settings: Mapping[str, AlarmSettings]
    reserved_concurrency: int | None = None
    events: tuple[dict[str, Any], ...] = ()
    owner: str = ""
    answers_namespace: str = ""
    keys: Mapping[str, Any] = field(default_factory=dict)
    # The same on every stage, where the key is not.
    place: str = ""

    @property
    def remembered_as(self) -> str:
        """What stacks.lock.yml calls it."""
        return self.place or self.key

    @property
    def known_as(self) -> frozenset[str]:
        """What ``--function`` may call it."""
        return frozenset({self.key, self.name})

    @property
    def logical_id(self) -> str:
        return names.logical_id(self.key)

    @property
    def is_deployed_here(self) -> bool:
        """Whether the stage deploys it, with what its events make."""
        return False

    @property
    def log_group(self) -> str:
        """Where it logs; this is Lambda's default."""
        return names.log_group(self.name)

    def alarm(self, kind: str) -> AlarmSettings:
        """The settings of a kind, also of one that is not enabled."""
        return self.alarm_settings[kind]

    @property
    def alarms(self) -> dict[str, AlarmSettings]:
        """The enabled alarms by kind (``error-rate``, ``latency``, ...)."""
        return {kind: self.alarm(kind) for kind in KINDS if self.alarm(kind).enabled}

    def has_alarm_of(self, kind: str) -> bool:
        """Whether it has what ``kind`` watches, or is to have the alarm anyway."""
        return KINDS[kind].surrounds(self) or KINDS[kind].is_asked_for(self)

    @property
    def fails_by_own_events(self) -> bool:
        """Whether its own code is what fails in a drill, by an event of monitoring.yml."""
        return any(event is not None for kind, event in self.drill if kind != "success")

    @property
    def pages(self) -> bool:
        """Whether it has an alarm that pages, and so a composite alarm of its own."""
        return any(definition.severity == "page" for definition in self.alarm_definitions("", ""))

    def alarm_definitions(self, suffix: str, stage: str) -> list[AlarmDefinition]:
        """The enabled alarms as they shall be deployed, in the order of the kinds."""
        return [
            definition
            for kind in self.alarms
            for definition in KINDS[kind].definitions(self, suffix, stage)
        ]

    def alarm_names(self, suffix: str) -> dict[str, str]:
        """Names of the enabled alarms by their variant of a kind; without the composite one."""
        return {alarm.variant: alarm.name for alarm in self.alarm_definitions(suffix, "")}


@dataclass(frozen=True, kw_only=True)
class Function(Watched):
    """A function that the stage deploys. Memory in MB, timeout in seconds.

    ``source`` is the folder that is the root of its archive (``folder`` from the project's), and
    ``handler`` its handler from there.
    ``named``: monitoring.yml gives its name.
    """

    timeout: int
    description: str
    handler: str
    source: Path
    folder: str = ""
    memory: int
    # Texts, and functions of CloudFormation.
    environment: dict[str, Any]
    runtime: str = "python3.11"
    architecture: str = "x86_64"
    named: bool = False
    # What the error log takes for failures; None for its own default.
    record_answers: tuple[str, ...] | None = None
    permissions: tuple[Permission, ...] = ()

    @property
    def is_deployed_here(self) -> bool:
        return True

    @property
    def log_group(self) -> str:
        given = self.keys.get("logs")
        own = given.get("logGroup") if isinstance(given, dict) else None
        return str(own) if own else names.log_group(self.name)

    @property
    def makes_log_group(self) -> bool:
        """Whether the stack has the group that it logs to: osls makes Lambda's default one."""
        return self.has_log and self.log_group == names.log_group(self.name)

    @property
    def has_log(self) -> bool:
        return not self.keys.get("disableLogs")

    @property
    def has_errorlog(self) -> bool:
        """Whether the error log's layer is beside it: Python brings it, an image does not."""
        return is_python({"image": self.keys.get("image"), "runtime": self.runtime})

    @property
    def own_role(self) -> Any:
        """The execution role that monitoring.yml gives it; None where the stack makes one."""
        return self.keys.get("role")

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where its modules are, first one first: its own, then what functions/ has for all."""
        functions = self.source.parent
        shared = (functions / SHARED,) if functions.name == FUNCTIONS else ()
        return (self.source, *shared)


@dataclass(frozen=True, kw_only=True)
class ExternalFunction(Watched):
    """A function of another stack: watched, and neither deployed nor changed.

    Its key is its deployed name. ``own_log_group`` is the group it logs to where that is not
    Lambda's default.
    """

    own_log_group: str | None = None
    # One that is not there yet cannot be subscribed to.
    has_log_group: bool = True
    # Whether it was told to answer the drill, by the stage's key in its environment.
    answers_drill: bool = False

    @property
    def log_group(self) -> str:
        return self.own_log_group or names.log_group(self.name)

    @property
    def has_drill_events(self) -> bool:
        """Whether the drill may invoke it: nobody else's function is called unasked."""
        return any(event is not None for _, event in self.drill)


@dataclass(frozen=True, kw_only=True)
class AttachedFunction(ExternalFunction):
    """A function of another stack whose template was read. Memory in MB.

    ``label`` is what its owner calls it, ``id`` its place in the template, ``source`` the folder
    that its handler is named from, ``missing_source`` one that its owner names and that is not
    there. ``lacks`` has what it needs for its exceptions to become
    records, ``unknown`` what is not known to be there. ``automatic``: ``errorlog.auto`` stands
    before ``handler``, which was asked for where ``wants_automatic``.
    """

    timeout: int
    id: str
    label: str
    runtime: str
    handler: str
    memory: int
    source: Path | None = None
    missing_source: str = ""
    lacks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    automatic: bool = False
    wants_automatic: bool = False
    gone: bool = False

    @property
    def known_as(self) -> frozenset[str]:
        return frozenset({self.key, self.label, self.id})
