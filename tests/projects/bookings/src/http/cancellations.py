import errorlog


class Cancellations:
    """A class whose method is the handler, as of teams that come from Java."""

    def __init__(self, open_bookings):
        self._open = open_bookings

    @errorlog.record_errors
    def handle_request(self, event, context):
        booking = event["pathParameters"]["booking"]
        self._open.remove(booking)
        return {"statusCode": 204}


handler = Cancellations(["b-1"]).handle_request
