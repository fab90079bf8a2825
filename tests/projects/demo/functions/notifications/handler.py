"""Tells the customer about the order."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

import errorlog
import simulation
from messages import compose, deliver

logger = Logger()
metrics = Metrics()


@errorlog.record_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    metrics.add_metric("MessagesRequested", MetricUnit.Count, 1)
    order_id = event.get("orderId", "sample-1")
    text = compose(order_id, event.get("status", "reserved"))
    channel = deliver(
        text,
        event.get("channels", ["email", "sms"]),
        gateway_down=simulation.backend_fails(event, context),
    )
    metrics.add_metric("MessagesSent", MetricUnit.Count, 1)
    logger.info("customer told", extra={"order_id": order_id, "channel": channel})
    return {"orderId": order_id, "status": "sent", "channel": channel}
