"""What is written to a log goes on as on AWS: to metric filters, and to subscriptions.

ministack wants every word of a pattern in the line, whatever signs the pattern has, and calls
the function once, without the retries and the dead-letter queue of an asynchronous invocation.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import gzip
import json
import logging
import uuid
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import cloudwatch_logs, lambda_svc

from tocsin.local.cloudwatch import CloudWatch
from tocsin.local.emulator import metric_filters
from tocsin.local.filter_pattern import matches

logger = logging.getLogger(__name__)

Events = list[dict[str, Any]]


def install(here: Callable[[], CloudWatch]) -> None:
    """Swap the fan-out of ministack's log service; ``here`` finds the request's CloudWatch."""

    def fan_out(group_name: str, stream_name: str, events: Events) -> None:
        metric_filters.emit(here(), group_name, events)
        deliver(group_name, stream_name, events)

    cloudwatch_logs._fanout_to_subscription_filters = fan_out


def deliver(group: str, stream: str, events: Events) -> None:
    """Send ``events``, just written, to the functions subscribed to their group."""
    found = cloudwatch_logs._log_groups.get(group) or {}
    for subscription in list((found.get("subscriptionFilters") or {}).values()):
        function = _function(subscription, group)
        if function is None:
            continue
        pattern = subscription.get("filterPattern") or ""
        chosen = [event for event in events if matches(pattern, event.get("message", ""))]
        if chosen:
            sent = _event(group, stream, subscription["filterName"], chosen)
            lambda_svc.invoke_async_with_retry(function, sent)


def _function(subscription: dict[str, Any], group: str) -> dict[str, Any] | None:
    """The function that ``subscription`` leads to; None where it leads elsewhere."""
    arn = str(subscription.get("destinationArn", ""))
    if ":function:" not in arn:
        return None
    name = arn.partition(":function:")[2].partition(":")[0]
    if group == f"/aws/lambda/{name}":
        # On AWS that is an endless and costly loop; here it would take the machine.
        logger.warning("%s is subscribed to its own log: nothing is delivered", name)
        return None
    function: dict[str, Any] | None = lambda_svc._functions.get(name)
    if function is None:
        logger.warning("log group %s is subscribed to %s, which does not exist", group, name)
    return function


def _event(group: str, stream: str, name: str, events: Events) -> dict[str, Any]:
    data = {
        "messageType": "DATA_MESSAGE",
        "owner": get_account_id(),
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [name],
        "logEvents": [
            {"id": uuid.uuid4().hex, "timestamp": event["timestamp"], "message": event["message"]}
            for event in events
        ],
    }
    packed = gzip.compress(json.dumps(data).encode())
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}
