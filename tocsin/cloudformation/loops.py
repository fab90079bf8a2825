"""``Fn::ForEach`` written out: what CloudFormation makes of a loop before it looks at resources.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tocsin.cloudwatch.errors import DefinitionError, NotEvaluatedError, RefusedDefinition

PREFIX = "Fn::ForEach::"
MOST = 100_000
"""Values that the loops of one template make; CloudFormation stops at 500 resources."""

Resolve = Callable[[Any, str], Any]


class LoopFault:
    """Why a loop is not written out; it stays in the template in the loop's place."""

    def __init__(self, error: DefinitionError) -> None:
        self.error = error


def unrolled(document: Mapping[str, Any], resolve: Resolve) -> dict[str, Any]:
    """``document`` with each loop's members in its place.

    ``resolve`` gives the value of a loop's collection. A loop that cannot be written out is left,
    with a LoopFault as its value.
    """
    return _Unrolling(resolve).mapping(document, {}, "")


def has_loops(value: Any) -> bool:
    """Whether a loop stands anywhere in ``value``, which is within the bounds of a document."""
    if isinstance(value, Mapping):
        return any(_is_loop(key) or has_loops(member) for key, member in value.items())
    return isinstance(value, list) and any(has_loops(member) for member in value)


def _is_loop(key: Any) -> bool:
    return isinstance(key, str) and key.startswith(PREFIX)


class _Unrolling:
    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._made = 0

    def mapping(
        self, value: Mapping[str, Any], names: Mapping[str, str], where: str
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, member in value.items():
            place = f"{where}.{key}" if where else str(key)
            if _is_loop(key):
                try:
                    found |= self._loop(member, names, place)
                except DefinitionError as error:
                    found[key] = LoopFault(error)
            else:
                found[_text(key, names)] = self.value(member, names, place)
        return found

    def value(self, value: Any, names: Mapping[str, str], where: str) -> Any:
        self._made += bool(names)
        if names and self._made > MOST:
            raise NotEvaluatedError(where, [f"its loops make more than {MOST:,} values"])
        if isinstance(value, list):
            return [self.value(member, names, where) for member in value]
        if isinstance(value, Mapping):
            referred = value.get("Ref") if len(value) == 1 else None
            if isinstance(referred, str) and referred in names:
                return names[referred]
            return self.mapping(value, names, where)
        return _text(value, names)

    def _loop(self, loop: Any, names: Mapping[str, str], where: str) -> dict[str, Any]:
        if not isinstance(loop, list) or len(loop) != 3 or not isinstance(loop[2], Mapping):
            raise RefusedDefinition(where, ["a name, a collection and an object are accepted"])
        name, collection, body = loop
        if not isinstance(name, str):
            raise RefusedDefinition(where, [f"{name!r}: a name is accepted"])
        members = self._resolve(self.value(collection, names, where), where)
        if isinstance(members, str):
            members = members.split(",")
        if not isinstance(members, list) or not all(isinstance(one, str | int) for one in members):
            raise RefusedDefinition(where, [f"{members!r}: a list of texts is accepted"])
        found: dict[str, Any] = {}
        for member in members:
            found |= self.mapping(body, {**names, name: str(member).strip()}, where)
        return found


def _text(value: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    for name, member in names.items():
        if name in value:
            letters = "".join(letter for letter in member if letter.isalnum())
            value = value.replace(f"${{{name}}}", member).replace(f"&{{{name}}}", letters)
    return value
