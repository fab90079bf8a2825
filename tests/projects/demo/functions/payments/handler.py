"""Charges the payment of an order."""

from decimal import Decimal
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

import errorlog
import simulation
from charges import Charge, charge

logger = Logger()
metrics = Metrics()


@errorlog.record_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    metrics.add_metric("PaymentsRequested", MetricUnit.Count, 1)
    payment = Charge(
        order_id=event.get("orderId", "sample-1"),
        amount=Decimal(str(event.get("amount", "49.90"))),
        currency=event.get("currency", "EUR"),
    )
    reference = charge(payment, network_down=simulation.backend_fails(event, context))
    metrics.add_metric("PaymentsCharged", MetricUnit.Count, 1)
    logger.info("payment charged", extra={"order_id": payment.order_id, "reference": reference})
    return {"orderId": payment.order_id, "status": "charged", "reference": reference}
