"""How large a record may be, and how large it is: in the log and in the table.

A log line of Lambda's holds 256 KB, a DynamoDB item 400 KB. JSON writes a record in ASCII, so
that a character takes up to 12 bytes of the line, and never fewer than it takes of the item.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as quoted

from errorlog.plain_data import Plain

MAX_LINE_BYTES = 256 * 1024
MAX_ITEM_BYTES = 400 * 1024


def json_size(text: str) -> int:
    """Bytes that ``text`` takes in a line of JSON, without its quotes."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return len(text)
    return len(quoted(text)) - 2


def fitting(text: str, most: int) -> str:
    """The longest beginning of ``text`` that takes at most ``most`` bytes of JSON."""
    kept = text[: max(0, most)]
    while json_size(kept) > most:
        # Each round brings it nearer; a quarter at least goes where characters differ in size.
        size = json_size(kept)
        kept = kept[: min(len(kept) - 1, len(kept) * most // size)]
    return kept


def line_size(record: Plain) -> int:
    """Bytes of ``record`` as compact JSON in ASCII."""
    return len(json.dumps(record, separators=(",", ":")))


def item_size(value: Plain) -> int:
    """Bytes of a value in a DynamoDB item, and of an item as the dict of its attributes."""
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int | float):
        return number_size(value)
    if isinstance(value, str):
        return len(value.encode("utf-8"))
    if isinstance(value, list):
        return 3 + sum(1 + item_size(held) for held in value)
    return 3 + sum(1 + len(name.encode("utf-8")) + item_size(held) for name, held in value.items())


def number_size(value: float) -> int:
    """Two significant digits a byte and one more, and one for a sign; at most 21."""
    digits = repr(abs(value)).partition("e")[0].replace(".", "").strip("0")
    return min(21, 2 + (len(digits) + 1) // 2 + (value < 0))
