"""Objects as what they hold: data classes, pydantic models, named tuples, namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from types import MemberDescriptorType

from errorlog.type_names import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_FIELDS = 1_000


def fields_of(value: object) -> Mapping[Any, Any] | None:
    """The fields of ``value`` by name; None where it is none of the usual kinds.

    Raises whatever the object's own code raises. A property is not called: only what is held.
    """
    kind = type(value)
    if kind.__module__ == "builtins":  # an exception, as a rule
        return None
    declared = getattr(kind, "__dataclass_fields__", None)
    if isinstance(declared, dict):
        return {
            name: getattr(value, name) for name in list(declared)[:MAX_FIELDS]
            if hasattr(value, name)
        }  # fmt: skip
    names = getattr(kind, "_fields", None)
    if isinstance(value, tuple) and isinstance(names, tuple):
        return dict(zip(map(str, names), value, strict=False))
    attributes = getattr(kind, "__attrs_attrs__", None)
    if isinstance(attributes, tuple):
        return {
            attribute.name: getattr(value, attribute.name, None)
            for attribute in attributes[:MAX_FIELDS]
        }
    if (
        hasattr(kind, "__pydantic_fields__")
        or hasattr(kind, "__fields__")
        or type_name(value) == "SimpleNamespace"
    ):
        held = getattr(value, "__dict__", None)
        extra = getattr(value, "__pydantic_extra__", None)
        if isinstance(held, dict):
            return {**held, **extra} if isinstance(extra, dict) else held
    return None


def hidden_fields_of(value: object) -> Mapping[Any, Any] | None:
    """What any other object holds, which its text may tell; None where it holds nothing."""
    held = getattr(value, "__dict__", None)
    if isinstance(held, dict) and held:
        return held
    kind = type(value)
    if kind.__module__ == "builtins" or "__slots__" not in kind.__dict__:
        return None
    slots = (name for name, slot in kind.__dict__.items() if type(slot) is MemberDescriptorType)
    return {name: getattr(value, name, None) for name in islice(slots, MAX_FIELDS)} or None
