"""Alarm actions: what is due after a change of state, handed to SNS or Lambda.

Follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html and,
for Lambda, .../alarms-and-actions-Lambda.html. A failed action is an entry in the alarm's
history and a warning in the log; it never stops an evaluation.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any, Protocol

from tocsin.cloudwatch import (
    CompositeAlarm,
    MetricAlarm,
    State,
    Transition,
    eventbridge_event,
    sns_message,
)
from tocsin.local.cloudwatch.history import HistoryItem

logger = logging.getLogger(__name__)


class ActionFailed(Exception):
    """An action could not be carried out; the message is what history shows."""


class Deliverer(Protocol):
    """Where actions go."""

    def publish(
        self,
        topic_arn: str,
        subject: str,
        message: str,
        *,
        source_arn: str,
        account: str,
        region: str,
    ) -> None:
        """Publish to a topic as CloudWatch; ActionFailed when that is refused."""

    def invoke(
        self, function_arn: str, event: dict[str, Any], *, account: str, region: str
    ) -> None:
        """Invoke a function asynchronously; ActionFailed when there is none."""

    def announce(self, event: dict[str, Any], *, account: str, region: str) -> None:
        """Put a state change event on the default EventBridge bus."""


@dataclass(frozen=True)
class Due:
    """The actions of ``state`` are to be run, which ``transition`` led to.

    ``after_mute``: a mute rule has held them back until now.
    """

    alarm: MetricAlarm | CompositeAlarm
    arn: str
    transition: Transition
    configured_at: float
    state: State
    after_mute: bool = False


class Actions:
    """Carries out the actions of one account and region, once a deliverer is connected."""

    def __init__(self, account: str, region: str) -> None:
        self.deliverer: Deliverer | None = None
        self._account = account
        self._region = region

    def announce(self, alarm: MetricAlarm | CompositeAlarm, transition: Transition) -> None:
        """Tell EventBridge of a change of state, whether or not actions are due."""
        if self.deliverer is None:
            return
        event = eventbridge_event(alarm, transition, self._account, self._region)
        try:
            self.deliverer.announce(event, account=self._account, region=self._region)
        except Exception:
            logger.exception("the change of alarm %s could not be announced", alarm.name)

    def run(self, due: Due) -> list[HistoryItem]:
        """Carry out every action of the state's list (none while disabled); an item for each."""
        targets = due.alarm.actions(due.state)
        if not targets:
            return []
        subject, message = sns_message(
            due.alarm,
            due.transition,
            self._account,
            self._region,
            configured_at=due.configured_at,
            after_mute=due.after_mute,
        )
        return [self._run(due, target, subject, message) for target in targets]

    def _run(self, due: Due, target: str, subject: str, message: str) -> HistoryItem:
        error = ""
        try:
            self._deliver(due, target, subject, message)
        except ActionFailed as failed:
            error = str(failed)
            logger.warning("action of alarm %s failed: %s", due.alarm.name, error)
        except Exception as unforeseen:
            # Whatever a topic or function does, the next alarm is still to be acted on.
            error = f"{type(unforeseen).__name__}: {unforeseen}"
            logger.exception("action of alarm %s failed", due.alarm.name)
        data = {
            "version": "1.0",
            "actionState": "Failed" if error else "Succeeded",
            "stateUpdateTimestamp": int(due.transition.new.at * 1000),
            "notificationResource": target,
            "publishedMessage": json.dumps({"default": message}),
        }
        return HistoryItem(
            alarm=due.alarm.name,
            alarm_type="CompositeAlarm" if isinstance(due.alarm, CompositeAlarm) else "MetricAlarm",
            at=due.transition.new.at,
            item_type="Action",
            summary=(
                f'Failed to execute action {target}. Received error: "{error}"'
                if error
                else f"Successfully executed action {target}"
            ),
            data=data | ({"error": error} if error else {}),
        )

    def _deliver(self, due: Due, target: str, subject: str, message: str) -> None:
        service = target.split(":")[2] if target.count(":") >= 5 else ""
        where = {"account": self._account, "region": self._region}
        if self.deliverer is None:
            raise ActionFailed("nothing is connected to carry out actions")
        if service == "sns":
            self.deliverer.publish(target, subject, message, source_arn=due.arn, **where)
        elif service == "lambda":
            event = eventbridge_event(due.alarm, due.transition, self._account, self._region)
            self.deliverer.invoke(target, _lambda_event(event, due.arn), **where)
        else:
            raise ActionFailed(
                f"{target} is not carried out on the local stage; "
                "SNS topics and Lambda functions are"
            )


def _lambda_event(event: dict[str, Any], arn: str) -> dict[str, Any]:
    """The payload of a Lambda action, which words the EventBridge event's detail its own way."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": arn,
        "accountId": event["account"],
        "time": event["detail"]["state"]["timestamp"],
        "region": event["region"],
        "alarmData": event["detail"],
    }
