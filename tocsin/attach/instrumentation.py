"""What of errorlog a function has, and what it lacks for its exceptions to become records.

Told by what was compiled: the layer, the variable that names the table, the right to put an item
there, and a handler that goes through errorlog.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tocsin import names
from tocsin.attach.found import (
    DRILL_VARIABLE,
    HANDLER_VARIABLE,
    PATH_VARIABLE,
    TABLE_VARIABLE,
    FoundFunction,
    Statement,
)
from tocsin.attach.known_values import ANY
from tocsin.attach.managed_policies import PUT
from tocsin.attach.packaged_code import packaged_code
from tocsin.check.handler_wrapping import wrapping
from tocsin.check.wrapping_verdicts import Wrapping
from tocsin.config import Stage
from tocsin.config.attached_lock import Lacking

AUTOMATIC = "errorlog.auto.handler"
"""The handler of the layer that wraps the one that ``ERROR_LOG_HANDLER`` names."""

HANDLER = re.compile(r"[\w-]+(?:[/.][\w-]+)*\.\w+")
# What wraps a handler well enough, or may: a finding of its own is in docs of the decorator.
_WRAPPED = (Wrapping.WRAPPED, Wrapping.INSIDE, Wrapping.PARTLY)


@dataclass(frozen=True)
class Instrumentation:
    """``handler`` is the function's own, also where errorlog's stands before it."""

    lacks: tuple[Lacking, ...]
    unknown: tuple[Lacking, ...]
    handler: str
    automatic: bool
    answers_drill: bool


def instrumentation(function: FoundFunction, stage: Stage) -> Instrumentation:
    """What ``function`` has of the errorlog of ``stage``; nothing is lacking without Python."""
    automatic = function.handler == AUTOMATIC
    original = function.variables.get(HANDLER_VARIABLE) if automatic else function.handler
    if not function.is_python:
        return Instrumentation((), (), function.handler, False, False)
    states: dict[Lacking, bool | None] = {
        "path": PATH_VARIABLE not in function.variables,
        "layer": _layer(function, stage),
        "table": _table(function, stage),
        "permission": may_put(function.statements, stage),
        "handler": bool(original) if automatic else _decorated(function),
    }
    lacks = tuple(part for part, state in states.items() if state is False)
    return Instrumentation(
        lacks=lacks,
        unknown=tuple(part for part, state in states.items() if state is None),
        handler=original or "",
        automatic=automatic,
        # Its owner put the key there for that; what it lacks would leave the event to its handler.
        answers_drill=DRILL_VARIABLE in function.variables
        and not {"path", "layer", "handler"} & set(lacks),
    )


def _layer(function: FoundFunction, stage: Stage) -> bool | None:
    if any(layer is not None and is_layer_of(layer, stage) for layer in function.layers):
        return True
    return None if None in function.layers else False


def is_layer_of(arn: str, stage: Stage) -> bool:
    """Whether ``arn`` is of a version of the layer that ``stage`` has."""
    form = rf"arn:[^:]*:lambda:[^:]*:[^:]*:layer:{names.layer(stage.suffix)}:\d+"
    return re.fullmatch(form, arn) is not None


def _table(function: FoundFunction, stage: Stage) -> bool | None:
    if TABLE_VARIABLE not in function.variables:
        return False
    table = function.variables[TABLE_VARIABLE]
    return None if table is None else table == names.table(stage.suffix)


def may_put(statements: tuple[Statement, ...] | None, stage: Stage) -> bool | None:
    """Whether ``statements`` let a function put an item into the stage's table."""
    if statements is None:
        return None
    state: bool | None = False
    for statement in statements:
        if not any(fnmatchcase(PUT.lower(), action.lower()) for action in statement.actions):
            continue
        named = any(
            resource is not None and _is_table(resource, stage) for resource in statement.resources
        )
        if statement.effect == "Deny":
            if named:  # stands before whatever allows it
                return False
        elif named:
            state = True
        elif None in statement.resources and state is False:
            state = None
    return state


def _is_table(resource: str, stage: Stage) -> bool:
    if resource == ANY:
        return True
    parts = resource.split(":", 5)
    if len(parts) < 6:
        return False
    _, _, service, region, _, rest = parts
    return (
        fnmatchcase("dynamodb", service)
        and fnmatchcase(stage.region, region)
        and fnmatchcase(f"table/{names.table(stage.suffix)}", rest)
    )


def _decorated(function: FoundFunction) -> bool | None:
    """Whether its handler is decorated, as far as its text tells; None where nothing does."""
    if not HANDLER.fullmatch(function.handler):
        return None
    if function.source is not None:
        decorated = _is_wrapped(wrapping((function.source,), function.handler))
        if decorated is not None:
            return decorated
    if function.archive is None:
        return None
    with packaged_code(function.archive) as code:
        return None if code is None else _is_wrapped(wrapping(code.folders, function.handler))


def _is_wrapped(found: Wrapping | None) -> bool | None:
    return None if found in (Wrapping.ELSEWHERE, Wrapping.UNKNOWN) else found in _WRAPPED
