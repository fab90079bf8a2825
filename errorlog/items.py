"""What tells the items of a batch apart."""

from __future__ import annotations

from collections.abc import Mapping

from errorlog.fields import fields_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# SQS's message id, the sequence numbers of Kinesis and of DynamoDB streams: as in the event, and
# as a model or a data class may call them.
_PATHS = (
    (("messageId", "message_id"),),
    (("kinesis",), ("sequenceNumber", "sequence_number")),
    (("dynamodb",), ("SequenceNumber", "sequence_number", "sequenceNumber")),
)
_MAX_BATCH = 10_000  # of SQS: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html


def item_id(item: Any) -> str | None:
    """The identifier that ``batchItemFailures`` takes for ``item``; never raises."""
    for path in _PATHS:
        found = item
        for names in path:
            found = _field(found, names)
        if isinstance(found, str) and found:
            return str.__str__(found)
    return None


def items_of(event: Any) -> dict[str, Any]:
    """The items of a batch by their identifiers; empty where ``event`` is none. Never raises."""
    try:
        records = event.get("Records") if isinstance(event, Mapping) else None
        if not isinstance(records, list):
            return {}
        found = ((item_id(item), item) for item in records[:_MAX_BATCH])
        return {name: item for name, item in found if name is not None}
    except BaseException:  # an event of another type
        return {}


def _field(value: Any, names: tuple[str, ...]) -> Any:
    """The first of ``names`` that ``value`` has, as a mapping, a model or an object."""
    try:
        held = value if isinstance(value, Mapping) else fields_of(value)
    except BaseException:
        held = None
    for name in names:
        try:
            found = held[name] if held is not None else getattr(value, name, None)
        except BaseException:  # noqa: S112 - the item is the caller's own type
            continue
        if found is not None:
            return found
    return None
