"""The functions of a stage, complete: its own, and those that other stacks deploy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tocsin import names
from tocsin.config.alarms import (
    KINDS,
    Alarm,
    ConcurrencyAlarm,
    DeadLetterDepthAlarm,
    ErrorRateAlarm,
    IteratorAgeAlarm,
    LatencyAlarm,
    ThrottlesAlarm,
    TimeoutClosenessAlarm,
    field_of,
)
from tocsin.config.model import DrillEvents
from tocsin.config.permission import Permission


@dataclass(frozen=True)
class Watched:
    """What alarms, dashboards and the collector need of a function, whoever deploys it.

    ``name`` is the deployed one. Timeout in seconds; None where nothing tells.
    """

    key: str
    name: str
    timeout: int | None
    drill: DrillEvents
    error_rate: ErrorRateAlarm
    latency: LatencyAlarm
    throttles: ThrottlesAlarm
    timeout_closeness: TimeoutClosenessAlarm
    concurrency: ConcurrencyAlarm
    iterator_age: IteratorAgeAlarm
    dead_letter_depth: DeadLetterDepthAlarm

    @property
    def logical_id(self) -> str:
        return names.logical_id(self.key)

    @property
    def log_group(self) -> str:
        """Where it logs; this is Lambda's default."""
        return names.log_group(self.name)

    def alarm(self, kind: str) -> Alarm:
        """The settings of a kind, also of one that is not enabled."""
        settings: Alarm = getattr(self, field_of(kind))
        return settings

    @property
    def alarms(self) -> dict[str, Alarm]:
        """The enabled alarms by kind (``error-rate``, ``latency``, ...)."""
        return {kind: self.alarm(kind) for kind in KINDS if self.alarm(kind).enabled}

    @property
    def pages(self) -> bool:
        """Whether it has an alarm that pages, and so a composite alarm of its own."""
        return any(each.severity == "page" for each in self.alarms.values())

    @property
    def concurrency_limit(self) -> float | None:
        """What its concurrency alarm compares with; None where nothing tells."""
        return self.concurrency.limit(None)

    def alarm_names(self, suffix: str) -> dict[str, str]:
        """Names of the enabled alarms by kind; without the composite one."""
        return {kind: names.alarm(self.key, kind, suffix) for kind in self.alarms}


@dataclass(frozen=True)
class Function(Watched):
    """A function that the stage deploys. Memory in MB, timeout in seconds."""

    timeout: int
    description: str
    handler: str
    source: Path
    memory: int
    reserved_concurrency: int | None
    environment: dict[str, str]
    events: tuple[dict[str, Any], ...] = ()
    permissions: tuple[Permission, ...] = ()

    @property
    def concurrency_limit(self) -> float | None:
        return self.concurrency.limit(self.reserved_concurrency)


@dataclass(frozen=True)
class ExternalFunction(Watched):
    """A function of another stack: watched, and neither deployed nor changed.

    Its key is its deployed name. ``own_log_group`` is the group it logs to where that is not
    Lambda's default.
    """

    own_log_group: str | None = None

    @property
    def log_group(self) -> str:
        return self.own_log_group or names.log_group(self.name)

    @property
    def has_drill_events(self) -> bool:
        """Whether the drill may invoke it: nobody else's function is called unasked."""
        return any(event is not None for _, event in self.drill)
