"""The alarms of one account and region: their definitions and the state each is in."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.cloudwatch import (
    INITIAL_REASON,
    CompositeAlarm,
    MetricAlarm,
    State,
    StateRecord,
    Suppression,
    Transition,
    alarm_name,
    alarm_to_api,
    composite_to_api,
    evaluation_order,
    parse_rule,
)
from tocsin.local.cloudwatch.errors import (
    InvalidParameterCombination,
    ResourceNotFound,
    ValidationError,
)
from tocsin.local.cloudwatch.history import AlarmType


@dataclass(frozen=True)
class Held:
    """An alarm as it stands: definition, state, and when each last changed (epoch seconds).

    ``entered`` has the last transition into each state; ``suppression`` tells where a composite
    alarm with a suppressor stands with its actions.
    """

    alarm: MetricAlarm | CompositeAlarm
    arn: str
    created_at: float
    configured_at: float
    state: StateRecord
    entered: Mapping[State, Transition] = field(default_factory=dict)
    suppression: Suppression | None = None

    @property
    def name(self) -> str:
        """The alarm's name."""
        return self.alarm.name

    @property
    def type(self) -> AlarmType:
        """As the API spells it."""
        return "CompositeAlarm" if isinstance(self.alarm, CompositeAlarm) else "MetricAlarm"

    def is_warming_up(self, at: float) -> bool:
        """Whether it is not evaluated yet at ``at``; an update does not begin it anew."""
        minutes = self.alarm.warm_up_minutes if isinstance(self.alarm, MetricAlarm) else None
        return minutes is not None and at < self.created_at + 60 * minutes

    @property
    def children(self) -> tuple[str, ...]:
        """Names of the alarms a composite's rule mentions; none for a metric alarm."""
        return (
            parse_rule(self.alarm.rule).children if isinstance(self.alarm, CompositeAlarm) else ()
        )

    def to_api(self) -> dict[str, Any]:
        """The alarm as DescribeAlarms shows it."""
        described = (
            composite_to_api(self.alarm)
            if isinstance(self.alarm, CompositeAlarm)
            else alarm_to_api(self.alarm)
        )
        described |= {
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": _moment(self.configured_at),
            "StateValue": str(self.state.state),
            "StateReason": self.state.reason,
            "StateUpdatedTimestamp": _moment(self.state.at),
            "StateTransitionedTimestamp": _moment(self.state.at),
        }
        if self.state.reason_data is not None:
            described["StateReasonData"] = json.dumps(self.state.reason_data)
        if self.suppression is not None and self.suppression.by is not None:
            described["ActionsSuppressedBy"] = str(self.suppression.by)
            described["ActionsSuppressedReason"] = self.suppression.reason
        return described


class Alarms:
    """Every alarm by name; metric and composite alarms share one space of names."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region
        self._held: dict[str, Held] = {}

    def arn(self, name: str) -> str:
        return f"arn:aws:cloudwatch:{self._region}:{self._account}:alarm:{name}"

    def get(self, name: str) -> Held | None:
        """The alarm, if there is one; an ARN is taken for its name."""
        return self._held.get(alarm_name(name))

    def require(self, name: str) -> Held:
        """The alarm of that name.

        Raises:
            ResourceNotFound: there is none.
        """
        held = self.get(name)
        if held is None:
            raise ResourceNotFound(f"Alarm {name} does not exist")
        return held

    def put(self, alarm: MetricAlarm | CompositeAlarm, now: float) -> bool:
        """Create, or replace the definition and keep the state; whether it is new.

        Raises:
            ValidationError: the name is held by an alarm of the other type, or a composite's
                children do not exist or form a cycle.
        """
        before = self._held.get(alarm.name)
        if before is not None and isinstance(before.alarm, MetricAlarm) != isinstance(
            alarm, MetricAlarm
        ):
            raise ValidationError(f"Alarm {alarm.name} exists as a {before.type}")
        if isinstance(alarm, CompositeAlarm):
            self._check_children(alarm)
        if before is not None:
            self.replace(alarm.name, alarm=alarm, configured_at=now)
            return False
        state = StateRecord(State.INSUFFICIENT_DATA, INITIAL_REASON, now)
        self._held[alarm.name] = Held(alarm, self.arn(alarm.name), now, now, state)
        return True

    def replace(self, name: str, **changes: Any) -> None:
        """Change fields of an alarm's :class:`Held`, without further checks."""
        self._held[name] = dataclasses.replace(self._held[name], **changes)

    def delete(self, names: Iterable[str]) -> list[Held]:
        """Remove all or none; returns what was removed.

        Raises:
            ResourceNotFound: one of them does not exist.
            ValidationError: a composite alarm that stays depends on one of them.
            InvalidParameterCombination: more than one of them is a composite alarm.
        """
        going = [self.require(name) for name in dict.fromkeys(names)]
        gone = {held.name for held in going}
        if sum(isinstance(held.alarm, CompositeAlarm) for held in going) > 1:
            raise InvalidParameterCombination(
                "At most one composite alarm can be deleted in one operation."
            )
        for held in going:
            parents = [parent.name for parent in self.parents(held.name) if parent.name not in gone]
            if parents:
                raise ValidationError(
                    f"Cannot delete {held.name} as there are composite alarm(s) depending on it: "
                    f"{', '.join(parents)}"
                )
        for name in gone:
            del self._held[name]
        return going

    def metric(self) -> list[tuple[Held, MetricAlarm]]:
        """The metric alarms, by name."""
        return [(held, held.alarm) for held in self if isinstance(held.alarm, MetricAlarm)]

    def composite(self) -> list[tuple[Held, CompositeAlarm]]:
        """The composite alarms, each after those it depends on."""
        found = [held.alarm for held in self if isinstance(held.alarm, CompositeAlarm)]
        return [(self._held[alarm.name], alarm) for alarm in evaluation_order(found)]

    def parents(self, name: str) -> list[Held]:
        """The composite alarms whose rule mentions ``name``."""
        return [held for held in self if name in held.children]

    def states(self) -> Mapping[str, StateRecord]:
        """The state of every alarm, by name."""
        return {name: held.state for name, held in self._held.items()}

    def __iter__(self) -> Iterator[Held]:
        return iter([self._held[name] for name in sorted(self._held)])

    def _check_children(self, alarm: CompositeAlarm) -> None:
        missing = [name for name in parse_rule(alarm.rule).children if name not in self._held]
        if missing:
            raise ValidationError(
                f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the "
                "alarm rule do not exist"
            )
        others = [
            held.alarm
            for held in self
            if isinstance(held.alarm, CompositeAlarm) and held.name != alarm.name
        ]
        evaluation_order([*others, alarm])  # raises on a cycle


def _moment(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)
