"""A record as DynamoDB's attribute values.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import compress
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
    form, are_texts, others = _form(tuple(record), tuple(map(type, record.values())))
    written = [*map(quoted, compress(record.values(), are_texts))]  # type: ignore[arg-type]
    for name in others:
        value = record[name]
        kind = type(value)
        if kind is int or (kind is float and 1e-99 < value < 1e99):  # type: ignore[operator]
            written.append(f'{{"N":"{value!r}"}}')
        elif kind is bool:
            written.append('{"BOOL":true}' if value else '{"BOOL":false}')
        elif event is not None and name == "event":
            written.append(event)
        else:
            written.append(_encoded(attribute(value)))
    return form % tuple(written)


@lru_cache(maxsize=16)
def _form(
    names: tuple[str, ...], kinds: tuple[type, ...]
) -> tuple[str, tuple[bool, ...], tuple[str, ...]]:
    """Of a record with these fields, its JSON without the values, texts first.

    Then which of the fields are texts, and the names of the others. The fields of a record are
    the same at each failure.
    """
    are_texts = tuple(kind is str for kind in kinds)
    others = tuple(name for name, is_text in zip(names, are_texts, strict=True) if not is_text)
    pairs = [f'{quoted(name)}:{{"S":\0}}' for name in compress(names, are_texts)]
    pairs += [f"{quoted(name)}:\0" for name in others]
    # In JSON no character is a zero byte.
    return f"{{{','.join(pairs)}}}".replace("%", "%%").replace("\0", "%s"), are_texts, others


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
