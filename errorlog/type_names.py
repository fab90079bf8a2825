"""The names of types, whatever their metaclass says."""

from __future__ import annotations

from errorlog.by_type import by_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_NAME = 200
_NAME = type.__dict__["__name__"]
_QUALIFIED = type.__dict__["__qualname__"]
_MODULE = type.__dict__["__module__"]


def type_name(value: object) -> str:
    """The name of the type of ``value``, cut to :data:`MAX_NAME`; never raises."""
    kind: Any = type(value)
    return _name(kind)


def qualified_name(value: object) -> str:
    """Module and name of the type of ``value``: ``shop.stock.OutOfStock``; never raises."""
    kind: Any = type(value)
    return _qualified(kind)


def _named(kind: type) -> str:
    return _valid(_NAME.__get__(kind))


def _named_with_module(kind: type) -> str:
    try:
        module = _MODULE.__get__(kind)
    except Exception:  # a module that a class body took away
        module = "?"
    return f"{_valid(module)}.{_valid(_QUALIFIED.__get__(kind))}"


def _valid(name: object) -> str:
    text = str.__str__(name) if isinstance(name, str) else "?"
    if text.isascii() and 0 < len(text) <= MAX_NAME:
        return text
    return text[:MAX_NAME].encode("utf-8", "replace").decode() or "?"


_name = by_type(_named, 64)
_qualified = by_type(_named_with_module, 64)
