"""Alarms at work: operations on them, their evaluation, and the actions that become due.

Not safe across threads by itself: :class:`~tocsin.local.cloudwatch.cloud.CloudWatch` holds
the lock.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.cloudwatch import (
    CompositeAlarm,
    MetricAlarm,
    MetricSource,
    Put,
    State,
    StateRecord,
    Transition,
    advance_suppression,
    begin_suppression,
    evaluate,
    evaluate_composite,
    history_item,
)
from tocsin.local.cloudwatch.actions import Due
from tocsin.local.cloudwatch.alarms import Alarms, Held
from tocsin.local.cloudwatch.errors import InvalidFormat, ResourceNotFound
from tocsin.local.cloudwatch.history import History, HistoryItem
from tocsin.local.cloudwatch.mute_rules import MuteRules

logger = logging.getLogger(__name__)

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """An alarm that left one state for another, and the alarm as it was defined then."""

    alarm: str
    old: StateRecord
    new: StateRecord
    definition: MetricAlarm | CompositeAlarm


@dataclass(frozen=True)
class Outcome:
    """What followed from an operation or evaluation: changes to announce, actions to run."""

    changes: tuple[Change, ...]
    due: tuple[Due, ...]


class AlarmService:
    """The alarms of one account and region, with their history."""

    def __init__(self, account: str, region: str) -> None:
        self.alarms = Alarms(account, region)
        self.history = History()
        self._changes: list[Change] = []
        self._due: list[Due] = []
        self.mute_rules = MuteRules(account, region)
        # What is muted last, with the state that the alarm was in when its muting began.
        self._held_back: dict[str, tuple[Due, State]] = {}
        # What each composite alarm's children were in when it was evaluated last.
        self._judged: dict[str, dict[str, State | None]] = {}

    # Definitions

    def put(self, alarm: MetricAlarm | CompositeAlarm, now: float) -> bool:
        """PutMetricAlarm, PutCompositeAlarm; whether the alarm is new."""
        new = self.alarms.put(alarm, now)
        held = self.alarms.require(alarm.name)
        if isinstance(alarm, CompositeAlarm) and alarm.actions_suppressor and not held.suppression:
            begun = begin_suppression(held.state.state, self._suppressor(alarm))
            self.alarms.replace(alarm.name, suppression=begun)
        self._configured(held, "created" if new else "updated", now)
        if isinstance(alarm, CompositeAlarm):
            # CloudWatch evaluates a composite alarm at once and not at the next whole minute.
            self._evaluate_composites(now, {alarm.name: "created" if new else "updated"})
        return new

    def delete(self, names: Iterable[str], now: float) -> list[Held]:
        """DeleteAlarms; returns what was deleted."""
        deleted = self.alarms.delete(names)
        for held in deleted:
            self._judged.pop(held.name, None)
            self._configured(held, "deleted", now)
        return deleted

    def enable_actions(self, names: Iterable[str], now: float, *, enabled: bool) -> None:
        """EnableAlarmActions, DisableAlarmActions; names that do not exist are passed over."""
        for held in filter(None, map(self.alarms.get, names)):
            changed = dataclasses.replace(held.alarm, actions_enabled=enabled)
            self.alarms.replace(held.name, alarm=changed, configured_at=now)
            self._configured(self.alarms.require(held.name), "updated", now)

    # States

    def set_state(self, params: Params, now: float) -> None:
        """SetAlarmState: until the next evaluation finds otherwise.

        Raises:
            ResourceNotFound, InvalidFormat: as the API does.
        """
        held = self.alarms.get(params["AlarmName"])
        if held is None:
            raise ResourceNotFound
        try:
            data = json.loads(params["StateReasonData"]) if "StateReasonData" in params else None
        except ValueError as error:
            raise InvalidFormat(f"StateReasonData is not valid JSON: {error}") from error
        state = State(params["StateValue"])
        if state is not held.state.state:
            self._enter(held, StateRecord(state, params["StateReason"], now, data))
            self._evaluate_composites(now)

    def evaluate(self, source: MetricSource, at: float) -> None:
        """Evaluate every alarm that is due at ``at`` (epoch seconds).

        Metric alarms first, then composite ones from the inside out, so that a composite sees
        the states of the same minute. High-resolution alarms are due every 10 seconds, others
        on the minute.
        """
        for held, alarm in self.alarms.metric():
            if at % alarm.evaluation_interval != 0 or held.is_warming_up(at):
                continue
            try:
                found = evaluate(alarm, source, at, held.state.state)
            except Exception:
                # An alarm that cannot be evaluated must not keep the others from being so.
                logger.exception("alarm %s could not be evaluated at %s", held.name, at)
                continue
            if found.changed:
                self._enter(held, found.record)
        self._evaluate_composites(at)
        self._unmute(at)

    # Mute rules

    def put_mute_rule(self, params: Params, now: float) -> str:
        """PutAlarmMuteRule; the rule's ARN.

        Raises:
            ResourceNotFound: an alarm that it targets does not exist.
            tocsin.cloudwatch.ValidationError: a schedule that CloudWatch refuses.
        """
        for name in params.get("MuteTargets", {}).get("AlarmNames", []):
            self.alarms.require(name)
        arn = self.mute_rules.put(params, now).arn
        self._unmute(now)
        return arn

    def delete_mute_rule(self, name: str, now: float) -> None:
        """DeleteAlarmMuteRule: what it alone has muted acts at once."""
        self.mute_rules.delete(name)
        self._unmute(now)

    def outcome(self) -> Outcome:
        """What has followed since the last time this was asked."""
        outcome = Outcome(tuple(self._changes), tuple(self._due))
        self._changes, self._due = [], []
        return outcome

    def first_alarm_time(self, name: str, start: float, end: float) -> float | None:
        """When the alarm (name or ARN) was first in ALARM within [start, end], by its history."""
        held = self.alarms.get(name)
        if held is None:
            return None
        updates = self.history.find(
            alarm=held.name, alarm_types=[held.type], item_type="StateUpdate", ascending=True
        )
        reached = {update.at: update.data["newState"]["stateValue"] for update in updates}
        before = [at for at in reached if at <= start]
        if before and reached[before[-1]] == State.ALARM:
            return start
        return next(
            (at for at, state in reached.items() if start < at <= end and state == State.ALARM),
            None,
        )

    def _evaluate_composites(self, at: float, put: Mapping[str, Put] | None = None) -> None:
        """Evaluate the composite alarms with a child that has changed, and those just ``put``.

        What SetAlarmState has put a composite into stays until then:
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html
        """
        just_put = put or {}
        for held, alarm in self.alarms.composite():
            known = self.alarms.states()
            children = {
                name: known[name].state if name in known else None for name in held.children
            }
            if held.name not in just_put and self._judged.get(held.name) == children:
                continue
            self._judged[held.name] = children
            found = evaluate_composite(
                alarm,
                self.alarms.states(),
                at,
                held.state.state,
                self.alarms.arn,
                just_put.get(held.name),
            )
            if found.changed:
                self._enter(held, found.record)
        for held, alarm in self.alarms.composite():
            if alarm.actions_suppressor is not None:
                self._release(held, alarm, at)

    def _enter(self, held: Held, new: StateRecord) -> None:
        """The alarm has a new state: into its history, out to whoever it concerns."""
        transition = Transition(held.state, new)
        item = history_item(held.alarm, transition)
        entered = {**held.entered, State(new.state): transition}
        self.alarms.replace(held.name, state=new, entered=entered)
        self.history.add(
            HistoryItem(
                held.name,
                held.type,
                new.at,
                "StateUpdate",
                item["HistorySummary"],
                json.loads(item["HistoryData"]),
            )
        )
        self._changes.append(Change(held.name, held.state, new, held.alarm))
        if held.suppression is None:
            due = Due(held.alarm, held.arn, transition, held.configured_at, new.state)
            self._act(due, new.at)

    def _act(self, due: Due, at: float) -> None:
        """Run the actions of ``due``, or hold them back while its alarm is muted."""
        name = due.alarm.name
        if self.mute_rules.mute(name, at):
            before = self._held_back.get(name)
            self._held_back[name] = due, before[1] if before else due.transition.old.state
        else:
            self._due.append(due)

    def _unmute(self, at: float) -> None:
        """Alarms that are muted no more act, where they still are in the state that was muted.

        One that came back from ALARM to what it was before has nothing to tell (docs/engine.md).
        """
        for name in [held for held in self._held_back if not self.mute_rules.mute(held, at)]:
            (due, before), held = self._held_back.pop(name), self.alarms.get(name)
            if held is None or held.state.state != due.state:
                continue
            if due.state is State.ALARM or due.state is not before:
                self._due.append(dataclasses.replace(due, after_mute=True))

    def _release(self, held: Held, alarm: CompositeAlarm, at: float) -> None:
        """Actions a suppressor holds back, or has let go of."""
        suppressor = self._suppressor(alarm)
        state = held.state.state
        past = held.suppression or begin_suppression(state, suppressor)
        now, states = advance_suppression(alarm, past, at, state, suppressor)
        self.alarms.replace(held.name, suppression=now)
        for reached in states:
            due = Due(alarm, held.arn, held.entered[reached], held.configured_at, reached)
            self._act(due, at)

    def _suppressor(self, alarm: CompositeAlarm) -> State:
        """The state of the alarm's suppressor; one that does not exist suppresses nothing."""
        held = self.alarms.get(alarm.actions_suppressor or "")
        return held.state.state if held else State.INSUFFICIENT_DATA

    def _configured(self, held: Held, what: str, now: float) -> None:
        verb = {"created": "Create", "updated": "Update", "deleted": "Delete"}[what]
        definition = {
            key: value
            for key, value in held.to_api().items()
            if not key.endswith("Timestamp") and not key.startswith("State")
        }
        self.history.add(
            HistoryItem(
                held.name,
                held.type,
                now,
                "ConfigurationUpdate",
                f'Alarm "{held.name}" {what}',
                {"version": "1.0", "type": verb, f"{what}Alarm": definition},
            )
        )
