"""Any value as those of JSON, so that what is printed for programs is always valid JSON."""

import base64
import json
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

_MAX_EXPONENT = 300  # a float's ends at 308
_MAX_BITS = 1_024


def plain(value: Any) -> Any:
    """``value`` with DynamoDB's and Python's types as those of JSON.

    A number is an int or a float, and its text where it is neither (NaN, infinite, beyond a
    float): RFC 8259 has no such numbers. Bytes are base64, a set is a sorted list, a lone
    surrogate is U+FFFD (it has no form in UTF-8), what else there is its text.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _valid(value)
    if isinstance(value, (Decimal, Integral, Real)):
        return _number(value)
    if isinstance(value, Mapping):
        return {_valid(str(name)): plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, AbstractSet):
        return sorted((plain(member) for member in value), key=str)
    # boto3's Binary has its bytes in `value`.
    content = getattr(value, "value", value)
    if isinstance(content, (bytes, bytearray)):
        return base64.b64encode(content).decode("ascii")
    return _valid(str(value))


def as_list(value: Any) -> list[Any]:
    """What may be given as one or as a list of several, as a list: an IAM policy's actions."""
    return value if isinstance(value, list) else [value]


def nests_deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects nest deeper than ``levels``; looks no deeper than that."""
    members = [value]
    for _ in range(levels + 1):
        containers = [member for member in members if isinstance(member, (dict, list))]
        if not containers:
            return False
        members = [
            member
            for container in containers
            for member in (container.values() if isinstance(container, dict) else container)
        ]
    return True


def json_text(value: Any, indent: int | None = None) -> str:
    """``value`` as JSON of ASCII characters, in one line without ``indent``."""
    return json.dumps(plain(value), indent=indent, allow_nan=False)


def _number(value: Decimal | Integral | Real) -> int | float | str:
    if isinstance(value, Integral):
        # Python writes no more digits than 4,300, as reading them takes quadratic time.
        whole = int(value)
        return whole if whole.bit_length() <= _MAX_BITS else f"{whole:#x}"
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > _MAX_EXPONENT:
            return str(value)
        return int(value) if value == value.to_integral_value() else float(value)
    number = float(value)
    return number if math.isfinite(number) else str(Decimal(number))


def _valid(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return str(text)
