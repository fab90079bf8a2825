"""Messages to customers, by e-mail or text message."""

TEMPLATES = {
    "reserved": "Your order {order_id} is reserved.",
    "charged": "Your order {order_id} is paid.",
    "shipped": "Your order {order_id} is on its way.",
}


class DeliveryFailed(Exception):
    """The gateway took none of the channels."""


class GatewayRejected(Exception):
    """The gateway refused one channel."""

    def __init__(self, channel: str, status: int) -> None:
        super().__init__(f"{channel}: gateway answered {status}")
        self.channel = channel


def compose(order_id: str, status: str) -> str:
    """The text about ``status``, a key of :data:`TEMPLATES`; KeyError for any other."""
    return TEMPLATES[status].format(order_id=order_id)


def deliver(text: str, channels: list[str], *, gateway_down: bool) -> str:
    """Send ``text`` through the first channel that works; that channel's name."""
    rejections = []
    for channel in channels:
        try:
            return _send(text, channel, gateway_down)
        except GatewayRejected as error:
            rejections.append(error)
    raise DeliveryFailed(f"all of {', '.join(channels)} failed") from ExceptionGroup(
        "rejected by the gateway", rejections
    )


def _send(text: str, channel: str, gateway_down: bool) -> str:
    if gateway_down:
        raise GatewayRejected(channel, 503)
    return channel
