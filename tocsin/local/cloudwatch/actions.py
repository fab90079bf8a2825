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

SUPPORTED = ("sns", "lambda")
"""Services an action may name here; others are kept in the definition and recorded as failed."""


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
    """Actions to run for one change of state."""

    alarm: MetricAlarm | CompositeAlarm
    arn: str
    transition: Transition
    configured_at: float
    account: str
    region: str

    @property
    def targets(self) -> tuple[str, ...]:
        """The ARNs of the new state's list; none while actions are disabled."""
        return self.alarm.actions(State(self.transition.new.state))


def run(due: Due, deliverer: Deliverer | None) -> list[HistoryItem]:
    """Announce the change and carry out every action; one history item each."""
    if deliverer is not None:
        event = eventbridge_event(due.alarm, due.transition, due.account, due.region)
        deliverer.announce(event, account=due.account, region=due.region)
    return [_one(due, target, deliverer) for target in due.targets]


def _one(due: Due, target: str, deliverer: Deliverer | None) -> HistoryItem:
    subject, message = sns_message(
        due.alarm, due.transition, due.account, due.region, configured_at=due.configured_at
    )
    error = None
    try:
        if deliverer is None:
            raise ActionFailed("nothing is connected to carry out actions")
        _carry_out(due, target, deliverer, subject, message)
    except ActionFailed as failed:
        error = str(failed)
        logger.warning("action of alarm %s failed: %s", due.alarm.name, error)
    composite = isinstance(due.alarm, CompositeAlarm)
    return HistoryItem(
        alarm=due.alarm.name,
        alarm_type="CompositeAlarm" if composite else "MetricAlarm",
        at=due.transition.new.at,
        item_type="Action",
        summary=f"{'Failed to execute' if error else 'Successfully executed'} action {target}",
        data={
            "version": "1.0",
            "actionState": "Failed" if error else "Succeeded",
            "stateUpdateTimestamp": int(due.transition.new.at * 1000),
            "notificationResource": target,
            "publishedMessage": json.dumps({"default": message}),
        }
        | ({"error": error} if error else {}),
    )


def _carry_out(due: Due, target: str, deliverer: Deliverer, subject: str, message: str) -> None:
    service = target.split(":")[2] if target.count(":") >= 5 else ""
    if service == "sns":
        deliverer.publish(
            target, subject, message, source_arn=due.arn, account=due.account, region=due.region
        )
    elif service == "lambda":
        event = eventbridge_event(due.alarm, due.transition, due.account, due.region)
        deliverer.invoke(
            target, _lambda_event(event, due.arn), account=due.account, region=due.region
        )
    else:
        raise ActionFailed(
            f"{target} is not carried out on the local stage; SNS topics and Lambda functions are"
        )


def _lambda_event(event: dict[str, Any], arn: str) -> dict[str, Any]:
    """The payload of a Lambda action, which words the EventBridge event's detail its own way."""
    detail = event["detail"]
    return {
        "source": "aws.cloudwatch",
        "alarmArn": arn,
        "accountId": event["account"],
        "time": event["time"],
        "region": event["region"],
        "alarmData": {
            "alarmName": detail["alarmName"],
            "state": detail["state"],
            "previousState": detail["previousState"],
            "configuration": detail["configuration"],
        },
    }
