"""A record as DynamoDB's attribute values.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

import json
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from errorlog.plain_data import Plain

    AttributeValue = dict[str, Any]

_encoded = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def item(record: dict[str, Plain]) -> dict[str, AttributeValue]:
    return {name: attribute(value) for name, value in record.items()}


def item_json(record: dict[str, Plain]) -> str:
    """The item as JSON, which is how it is sent."""
    event: str | None = getattr(record, "event", None)  # made together with the plain form
    pieces: list[str] = []
    for name, value in record.items():
        kind = type(value)
        if kind is str:
            pieces.append(f'{_begun(name)}{{"S":{quoted(value)}}}')  # type: ignore[arg-type]
        elif kind is int or (kind is float and 1e-99 < value < 1e99):  # type: ignore[operator]
            pieces.append(f'{_begun(name)}{{"N":"{value!r}"}}')
        elif kind is bool:
            pieces.append(f'{_begun(name)}{{"BOOL":{"true" if value else "false"}}}')
        elif event is not None and name == "event":
            pieces.append(f"{_begun(name)}{event}")
        else:
            pieces.append(f"{_begun(name)}{_encoded(attribute(value))}")
    return f"{{{','.join(pieces)}}}"


@lru_cache(maxsize=64)
def _begun(name: str) -> str:
    """A pair as far as its colon; the fields of a record are the same at each failure."""
    return f"{quoted(name)}:"


def attribute(value: Plain) -> AttributeValue:
    if type(value) is str:  # most are
        return {"S": value}
    if type(value) is int:
        return {"N": str(value)}
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, float):
        # DynamoDB's numbers end at 1e126; a float beyond is kept as its text.
        return (
            {"N": repr(value)} if value == 0 or 1e-129 < abs(value) < 1e125 else {"S": repr(value)}
        )
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, list):
        return {"L": [attribute(member) for member in value]}
    return {"M": {name: attribute(member) for name, member in value.items()}}
