"""The base of every document that people write for us: monitoring.yml, scenarios, prices."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

_MAPPING, _LIST, _WHOLE, _NUMBER = "a mapping (key: value)", "a list", "a whole number", "a number"
_TRUTH = "true or false"
_TYPES = {
    "dict_type": _MAPPING, "model_type": _MAPPING, "model_attributes_type": _MAPPING,
    "list_type": _LIST, "tuple_type": _LIST, "set_type": _LIST,
    "int_type": _WHOLE, "int_parsing": _WHOLE, "int_from_float": _WHOLE,
    "float_type": _NUMBER, "float_parsing": _NUMBER, "finite_number": "a finite number",
    "bool_type": _TRUTH, "bool_parsing": _TRUTH, "string_type": "text",
}  # fmt: skip


class StrictModel(BaseModel):
    """Camel-case keys, no unknown key, no conversion of types, frozen."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        strict=True,
        # Only the outermost model is ever built whole: half of the time that all of them take.
        defer_build=True,
    )


def shown(value: Any) -> str:
    """What was found, in at most 60 characters; an empty key is nothing."""
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def accepted_words(type_: str, message: str) -> str:
    """What is accepted, for an error of pydantic's with this ``type`` and ``msg``."""
    message = message.removeprefix("Value error, ")
    said = message.removeprefix("Input should be ").removeprefix("String should ")
    return _TYPES.get(type_, said)
