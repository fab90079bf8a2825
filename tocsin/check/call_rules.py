"""Calls of AWS in a function's code that its role does not grant."""

from collections.abc import Iterator
from pathlib import Path

from tocsin.check.calls.abstract_values import Module
from tocsin.check.calls.expression_values import SdkCall
from tocsin.check.calls.grants import Grants, grants_of
from tocsin.check.calls.iam_actions import is_known
from tocsin.check.calls.program_reading import CannotTell, sdk_calls
from tocsin.check.own_modules import HasCode, archived_names, handlers_module, own_file, tree_of
from tocsin.cloudformation.template import Template
from tocsin.config import Function, Stage
from tocsin.findings import Finding, Severity
from tocsin.packaging.artifact_paths import build_folder, made_from

_NOT_GRANTED = "roles/call"
_NOT_EVALUATED = "roles/not-evaluated"
_MOST_NAMED = 5


def calls(root: Path, stage: Stage, template: Template) -> Iterator[Finding]:
    """A finding for each right that a function's code asks for and its role does not grant.

    A warning: a policy of the resource itself may grant it, and is often another stack's.
    """
    roles = {
        properties.get("FunctionName"): properties.get("Role")
        for properties in template.of_type("AWS::Lambda::Function").values()
    }
    for function in stage.functions:
        artifact = made_from(function)
        if artifact is None or function.name not in roles or not function.has_errorlog:
            continue
        inside = frozenset(archived_names(build_folder(root, stage) / artifact))
        grants = grants_of(roles[function.name], template)
        if lacking := not_granted(function, inside, grants):
            yield from _findings(function, lacking, grants)


def not_granted(function: HasCode, inside: frozenset[str], grants: Grants) -> list[SdkCall]:
    """One call for each right that a function's code asks for and ``grants`` has not.

    ``inside`` are the names in its archive.
    """
    lacking: dict[tuple[str, ...], SdkCall] = {}
    for call in _calls_of(function, inside):
        if not any(map(grants.allows, call.need)) and is_known(call.need):
            lacking.setdefault(call.need, call)
    return list(lacking.values())


def _findings(function: Function, lacking: list[SdkCall], grants: Grants) -> Iterator[Finding]:
    if grants.unread:
        named = [f"{' or '.join(call.need)} ({call.place}:{call.line})" for call in lacking]
        more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        message = (
            f"whether it may {', '.join(named[:_MOST_NAMED])}{more} is not evaluated here: "
            f"it runs with {', '.join(grants.unread)}"
        )
        yield Finding(Severity.WARNING, _NOT_EVALUATED, function.key, message)
        return
    for call in lacking:
        message = (
            f"{call.place}:{call.line} calls {call.words}, and its role grants no "
            f"{' or '.join(call.need)}: AWS refuses it, unless a policy of the resource itself "
            "grants it; `permissions` of the function has what its role grants"
        )
        yield Finding(Severity.WARNING, _NOT_GRANTED, function.key, message)


def _calls_of(function: HasCode, inside: frozenset[str]) -> list[SdkCall]:
    def find_module(name: str) -> Module | None:
        found = own_file(function, inside, name)
        if found is None:
            return None
        file, place = found
        tree = tree_of(file)
        if tree is None:
            return None  # another rule names a module that cannot be read
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        return Module(name, package, place, tree)

    handler = function.handler.rpartition(".")[2]
    try:
        return sdk_calls(find_module, handlers_module(function), handler)
    except CannotTell:
        return []
