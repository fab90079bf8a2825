"""What each function is to be given for its exceptions to become records."""

from dataclasses import dataclass, field

from tocsin.attach.found import DRILL_VARIABLE, HANDLER_VARIABLE, TABLE_VARIABLE, FoundFunction
from tocsin.attach.instrumentation import instrumentation
from tocsin.attach.offer import Offer
from tocsin.attach.refresh import Looked
from tocsin.config.attached_lock import Attached
from tocsin.config.zero_code import zero_code_refusal


@dataclass(frozen=True)
class Need:
    """What one function is to be given. Empty where it has all that can be told."""

    function: FoundFunction
    layer: bool
    permission: bool
    handler: str
    """The handler that ``errorlog.auto`` shall wrap; empty where none is asked for."""
    decorator: bool
    """Whether its own code has to be changed, or may have to: it is not on this machine."""
    variables: dict[str, str] = field(default_factory=dict)
    elsewhere: bool = False
    """Whether its role is not in the template, so that the statement goes elsewhere."""
    hidden: bool = False
    """Whether a PYTHONPATH hides layers: with one, it could not import what it would be given."""

    @property
    def anything(self) -> bool:
        return bool(self.layer or self.permission or self.handler or self.variables or self.hidden)


def need_of(
    looked: Looked, function: FoundFunction, attached: Attached, offer: Offer, drill: bool
) -> Need:
    """``drill`` adds the variable by which the drill may call it."""
    found = instrumentation(function, offer.stage)
    automatic = (
        looked.entry.of(attached).zero_code
        and not found.automatic
        and not zero_code_refusal(function.runtime, function.handler)
    )
    missing = {*found.lacks}
    if "path" in missing:
        return Need(function, False, False, "", False, hidden=True)
    variables: dict[str, str] = {}
    if function.is_python:
        if "table" in missing:
            variables[TABLE_VARIABLE] = offer.table
        if drill and DRILL_VARIABLE not in function.variables:
            variables[DRILL_VARIABLE] = offer.drill_key
        if automatic:
            variables[HANDLER_VARIABLE] = function.handler
    return Need(
        function=function,
        layer="layer" in missing,
        permission="permission" in missing or ("permission" in found.unknown and bool(missing)),
        handler=function.handler if automatic and function.is_python else "",
        decorator=(
            "handler" in {*missing, *found.unknown} and function.is_python and not automatic
        ),
        variables=variables,
        elsewhere=function.is_python and function.statements is None,
    )
