"""Takes an order and reserves its stock."""

from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

import errorlog
import simulation
from stock import Line, reserve

logger = Logger()
metrics = Metrics()

SAMPLE_LINES = [{"sku": "lamp", "quantity": 1}, {"sku": "bulb", "quantity": 3}]


@errorlog.record_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    metrics.add_metric("OrdersReceived", MetricUnit.Count, 1)
    order_id = event.get("orderId", "sample-1")
    lines = [Line(line["sku"], line["quantity"]) for line in event.get("lines", SAMPLE_LINES)]
    pieces = reserve(lines, sold_out=simulation.backend_fails(event, context))
    metrics.add_metric("PiecesReserved", MetricUnit.Count, pieces)
    logger.info("order reserved", extra={"order_id": order_id, "pieces": pieces})
    return {"orderId": order_id, "status": "reserved", "pieces": pieces}
