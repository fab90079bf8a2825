"""A template with what its loops make, as far as the values that they run over are known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.attach.known_values import KnownValues
from tocsin.cloudformation import loops


@dataclass(frozen=True)
class UnrolledTemplate:
    """``made_by`` is where a resource is written that a loop makes, by its logical id.

    ``notes`` name the loops that could not be written out, and say why.
    """

    document: Mapping[str, Any]
    values: KnownValues
    made_by: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def unrolled_template(
    document: Mapping[str, Any], values_of: Callable[[Mapping[str, Any]], KnownValues]
) -> UnrolledTemplate:
    """``document`` without ``Fn::ForEach``, and its values by ``values_of``."""
    values = values_of(document)
    if not loops.has_loops(document):
        return UnrolledTemplate(document, values)
    unrolled = loops.unrolled(document, values.collection)
    resources = unrolled.document.get("Resources")
    notes = [
        f"the functions that {key} makes are not known: {loop.error}"
        for key, loop in (resources.items() if isinstance(resources, Mapping) else ())
        if isinstance(loop, loops.LoopFault)
    ]
    return UnrolledTemplate(
        unrolled.document, values_of(unrolled.document), unrolled.made_by, tuple(notes)
    )
