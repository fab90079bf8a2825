"""Charges at the card network."""

from dataclasses import dataclass
from decimal import Decimal


class PaymentFailed(Exception):
    """An order could not be paid."""


class NetworkUnavailable(ConnectionError):
    """The card network did not answer."""


@dataclass(frozen=True)
class Charge:
    order_id: str
    amount: Decimal
    currency: str


def charge(payment: Charge, *, network_down: bool) -> str:
    """Charge ``payment``; the network's reference. Raises :class:`PaymentFailed`."""
    try:
        return _submit(payment, network_down)
    except NetworkUnavailable as error:
        raise PaymentFailed(
            f"order {payment.order_id}: {payment.amount} {payment.currency} not charged"
        ) from error


def _submit(payment: Charge, network_down: bool) -> str:
    if network_down:
        raise NetworkUnavailable("card network: no answer after 3 attempts")
    return f"charge-{payment.order_id}"
