"""Functions that are written once and made several times: by a loop, ``count`` or ``for_each``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tocsin.attach.found import HANDLER_VARIABLE, FoundFunction
from tocsin.attach.needs import Need
from tocsin.escaping import visible
from tocsin.nearest import first_of

OWN_HANDLER = "HANDLER"
"""Stands for what the handler is where it is written, of functions with several."""


@dataclass(frozen=True)
class Block:
    """One place in a file, ``place``; ``need`` is what is to be written there, for ``labels``.

    ``remarks`` are for people: what one place cannot say of several functions.
    """

    place: str
    need: Need
    labels: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def blocks(needs: Sequence[Need], functions: Sequence[FoundFunction]) -> Iterator[Block]:
    """One for each place where functions are written, of which ``needs`` are those that lack."""
    written: dict[tuple[str, str], list[Need]] = {}
    for need in needs:
        written.setdefault(_place(need.function), []).append(need)
    made: dict[tuple[str, str], list[str]] = {}
    for function in functions:
        made.setdefault(_place(function), []).append(function.label)
    for place, together in written.items():
        yield _block(place[1], together, made[place])


def _place(function: FoundFunction) -> tuple[str, str]:
    """The nested stack whose template has it, and where it is written there."""
    return function.nested_in, function.made_by or function.id


def _block(place: str, needs: Sequence[Need], labels: Sequence[str]) -> Block:
    if len(labels) == 1:
        return Block(place, needs[0], tuple(labels))
    remarks: list[str] = []
    automatic = [need for need in needs if need.handler]
    every = len(automatic) == len(labels)
    if automatic and not every:
        named = first_of([visible(need.function.label) for need in automatic])
        remarks.append(f"zeroCode is asked for {named} alone, and one block makes all: no line")
    handlers = dict.fromkeys(need.handler for need in automatic)
    if every and len(handlers) > 1:
        remarks.append(f"{OWN_HANDLER} is what the handler is there today, of each its own")
    variables: dict[str, str] = {}
    for need in needs:
        variables |= need.variables
    if not every:
        variables.pop(HANDLER_VARIABLE, None)
    elif len(handlers) > 1:
        variables[HANDLER_VARIABLE] = OWN_HANDLER
    first = needs[0].function
    original = dict.fromkeys(need.function.handler for need in needs)
    together = replace(first, id=place, label=place, handler=", ".join(original))
    need = replace(
        needs[0],
        function=together,
        layer=any(need.layer for need in needs),
        permission=any(need.permission for need in needs),
        handler=needs[0].handler if every else "",
        decorator=any(need.decorator for need in needs) or (bool(automatic) and not every),
        variables=variables,
        elsewhere=all(need.elsewhere for need in needs),
        hidden=any(need.hidden for need in needs),
    )
    return Block(place, need, tuple(labels), tuple(remarks))


def head(block: Block) -> str:
    """What a block is called: its place, and how many it makes."""
    if len(block.labels) == 1:
        return visible(block.place)
    labels = first_of([visible(label) for label in block.labels])
    return f"{visible(block.place)}, which makes {len(block.labels)} ({labels})"
