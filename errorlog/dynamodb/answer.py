"""What an answer says of the write: it is in the table, or why not.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

import json
import zlib

from errorlog.dynamodb.failure import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from errorlog.dynamodb.connection import Answer

_BUSY = {
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
}
_TAKEN = b"{}"  # what PutItem answers as a rule
# All that it answers with.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
_MEMBERS = {"Attributes", "ConsumedCapacity", "ItemCollectionMetrics"}


def check(answer: Answer) -> None:
    """Return where DynamoDB took the item.

    Raises:
        Refused: it did not, or it was not DynamoDB that answered.
    """
    expected = answer.headers.get("x-amz-crc32")
    if expected is not None and expected != str(zlib.crc32(answer.body)):
        raise Refused("ChecksumMismatch", "the answer was damaged on its way", busy=True)
    if answer.status == 200 and answer.body == _TAKEN:
        return
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    if answer.status == 200:
        if isinstance(said, dict) and said.keys() <= _MEMBERS:
            return
        raise Refused("NotDynamoDB", f"status 200 with {answer.body[:200]!r}")
    code, message = _error(said)
    busy = answer.status >= 500 or answer.status == 429 or code in _BUSY
    raise Refused(code or f"Status{answer.status}", message or repr(answer.body[:200]), busy=busy)


def _error(said: object) -> tuple[str, str]:
    """The code without its namespace, and the message, which is in one of two spellings."""
    if not isinstance(said, dict):
        return "", ""
    code, message = said.get("__type"), said.get("message") or said.get("Message")
    return (
        code.rpartition("#")[2] if isinstance(code, str) else "",
        message if isinstance(message, str) else "",
    )
