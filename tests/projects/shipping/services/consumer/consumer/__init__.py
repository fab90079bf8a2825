"""Its name is the handler's; what it does is in modules of its own."""

from .batches import Batch


def handler(event, context):
    return Batch(event["Records"]).done()


from errorlog import record_errors  # noqa: E402 - as grown: decorated last, at the end of the file

handler = record_errors(handler)
