"""The names of types, whatever their metaclass says."""

from __future__ import annotations

from functools import lru_cache

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
    # Kept by type where no metaclass says how a type is looked up.
    return _usual_name(kind) if type(kind) is type else _valid(_NAME.__get__(kind))


def qualified_name(value: object) -> str:
    """Module and name of the type of ``value``: ``shop.stock.OutOfStock``; never raises."""
    kind: Any = type(value)
    return _usual_qualified(kind) if type(kind) is type else _qualified(kind)


def _qualified(kind: type) -> str:
    try:
        module = _MODULE.__get__(kind)
    except Exception:  # a module that a class body took away
        module = "?"
    return f"{_valid(module)}.{_valid(_QUALIFIED.__get__(kind))}"


@lru_cache(maxsize=64)
def _usual_name(kind: type) -> str:
    return _valid(_NAME.__get__(kind))


@lru_cache(maxsize=64)
def _usual_qualified(kind: type) -> str:
    return _qualified(kind)


def _valid(name: object) -> str:
    text = str.__str__(name) if isinstance(name, str) else "?"
    if text.isascii() and 0 < len(text) <= MAX_NAME:
        return text
    return text[:MAX_NAME].encode("utf-8", "replace").decode() or "?"
