"""A record as DynamoDB's attribute values.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from errorlog.redaction import Plain

    AttributeValue = dict[str, Any]


def item(record: dict[str, Plain]) -> dict[str, AttributeValue]:
    known = getattr(record, "event", None)  # made together with the plain form
    if known is not None:
        record = {**record}
        del record["event"]
    made = {
        name: {"S": value} if type(value) is str else attribute(value)
        for name, value in record.items()
    }
    if known is not None:
        made["event"] = known
    return made


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
