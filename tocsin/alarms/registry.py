"""Every alarm kind there is, found in ``kinds/``: the one list that all readers go by."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from tocsin.alarms import kinds
from tocsin.alarms.kind import AlarmKind

AnyKind = AlarmKind[Any]


def _found() -> dict[str, AnyKind]:
    modules = [
        import_module(f"{kinds.__name__}.{module.name}") for module in iter_modules(kinds.__path__)
    ]
    found: list[AnyKind] = [module.KIND for module in modules]
    # What wakes somebody by default is listed first.
    found.sort(key=lambda kind: (_severity(kind) != "page", kind.name))
    return {kind.name: kind for kind in found}


def _severity(kind: AnyKind) -> str:
    """Its default, read from the class: an instance has pydantic build a validator for it."""
    return str(kind.settings.model_fields["severity"].default)


KINDS = _found()
"""The kinds by name (``error-rate``, ``latency``, ...), those that page by default first."""
