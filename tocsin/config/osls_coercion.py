"""What Ajv makes of a value of another type than a schema wants: ``"300"`` is a number to it.

https://ajv.js.org/coercion.html
"""

import json
import re
from typing import Any

from jsonschema import Draft7Validator

from tocsin.config.osls_schema_words import types_of

_NUMBER = re.compile(
    r"0[xX][0-9a-fA-F]{1,30}|0[oO][0-7]{1,30}|0[bB][01]{1,90}"
    r"|[-+]?([0-9]{1,90}\.?[0-9]{0,90}|\.[0-9]{1,90})([eE][-+]?[0-9]{1,9})?"
)
"""A text that JavaScript takes for a number."""

_TYPES = Draft7Validator.TYPE_CHECKER


def coerced(value: Any, schema: Any) -> Any:
    """``value`` as Ajv takes it for ``schema``: itself, where it has the type or cannot get it."""
    wanted = types_of(schema)
    if not wanted or any(_TYPES.is_type(value, name) for name in wanted):
        return value
    if isinstance(value, list) and len(value) == 1:  # one of a list is as good as the one
        value = value[0]
        if any(_TYPES.is_type(value, name) for name in wanted):
            return value
    for name in wanted:
        found = _as_type(value, name)
        if found is not None:
            return found
    return value


def _as_type(value: Any, name: str) -> Any:
    """None where Ajv does not convert ``value`` so."""
    match name:
        case "string" if isinstance(value, bool):
            return str(value).lower()
        case "string" if isinstance(value, int | float):
            # JavaScript has one kind of number: 2.0 is "2".
            return json.dumps(int(value) if value % 1 == 0 else value)
        case "number" | "integer":
            number = _number(value)
            if number is None or (name == "integer" and number % 1):
                return None
            return int(number) if number % 1 == 0 else number
        case "boolean":
            if value in ("false", 0) and not isinstance(value, bool):
                return False
            if value in ("true", 1) and not isinstance(value, bool):
                return True
        case "array" if isinstance(value, str | int | float):
            return [value]
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, str) or not _NUMBER.fullmatch(text := value.strip()):
        return None
    other_base = text[:1] == "0" and text[1:2].lower() in ("x", "o", "b")
    number = float(int(text, 0)) if other_base else float(text)
    return number if abs(number) < float("inf") else None
