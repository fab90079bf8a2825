"""``Fn::ForEach`` written out: what CloudFormation makes of a loop before it looks at resources.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html.
"""

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from tocsin.cloudwatch.errors import DefinitionError, NotEvaluatedError, RefusedDefinition

PREFIX = "Fn::ForEach::"
MOST = 100_000
"""Members and values that the loops of one template make; CloudFormation stops at 500 resources."""
MOST_LETTERS = 10_000_000
"""Letters of the texts that they make; CloudFormation stops at a template of 1 MB."""

Resolve = Callable[[Any, str], Any]

_IDENTIFIER = re.compile(r"[$&]\{([^{}]{1,255})\}")
_TOP = "Resources"


class LoopFault:
    """Why a loop is not written out; it stays in the template in the loop's place."""

    def __init__(self, error: DefinitionError) -> None:
        self.error = error


@dataclass(frozen=True)
class Unrolled:
    """A template without loops.

    ``made_by`` is where a resource that a loop makes is written, by its logical id: the keys from
    ``Resources`` on, with a dot between them.
    """

    document: dict[str, Any]
    made_by: Mapping[str, str]


def unrolled(document: Mapping[str, Any], resolve: Resolve) -> Unrolled:
    """``document`` with each loop's members in its place.

    ``resolve`` gives the value of a loop's collection. A loop that cannot be written out is left,
    with a LoopFault as its value.
    """
    unrolling = _Unrolling(resolve)
    return Unrolled(unrolling.mapping(document, {}, ""), unrolling.made_by)


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
        self._made = self._letters = 0
        self._tops = {_TOP}
        self.made_by: dict[str, str] = {}

    def mapping(
        self, value: Mapping[str, Any], names: Mapping[str, str], where: str
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        own: Set[str] = set()
        if any(map(_is_loop, value)):
            own = {self._text(key, names, where) for key in value if not _is_loop(key)}
        for key, member in value.items():
            place = f"{where}.{key}" if where else str(key)
            if _is_loop(key):
                if where in self._tops:
                    self._tops.add(place)
                try:
                    made = self._loop(member, names, place)
                    _check_new(made, found.keys() | own, place)
                except DefinitionError as error:
                    made = {key: LoopFault(error)}
                found |= made
                continue
            name = self._text(key, names, place)
            found[name] = self.value(member, names, place)
            if names and where in self._tops:
                self.made_by[name] = place.removeprefix(f"{_TOP}.")
        return found

    def value(self, value: Any, names: Mapping[str, str], where: str) -> Any:
        self._count(bool(names), where)
        if isinstance(value, list):
            return [self.value(member, names, where) for member in value]
        if isinstance(value, Mapping):
            if names and len(value) == 1:
                return self._single(value, names, where)
            return self.mapping(value, names, where)
        return self._text(value, names, where)

    def _single(self, value: Mapping[str, Any], names: Mapping[str, str], where: str) -> Any:
        """A mapping of one key, which a name makes a text: ``Ref`` to it, or all that Sub asks."""
        ((key, member),) = value.items()
        if not isinstance(member, str) or key not in ("Ref", "Fn::Sub"):
            return self.mapping(value, names, where)
        if key == "Ref" and member in names:
            return names[member]
        text = self._text(member, names, where)
        return text if key == "Fn::Sub" and "${" not in text else {key: text}

    def _loop(self, loop: Any, names: Mapping[str, str], where: str) -> dict[str, Any]:
        if not isinstance(loop, list) or len(loop) != 3 or not isinstance(loop[2], Mapping):
            raise RefusedDefinition(where, ["a name, a collection and an object are accepted"])
        name, collection, body = loop
        if not isinstance(name, str):
            raise RefusedDefinition(where, [f"{name!r}: a name is accepted"])
        members = self._resolve(self.value(collection, names, where), where)
        if isinstance(members, str):
            members = members.split(",")
        is_list = isinstance(members, list)
        if not is_list or not all(isinstance(member, str | int) for member in members):
            raise RefusedDefinition(where, [f"{members!r}: a list of texts is accepted"])
        found: dict[str, Any] = {}
        for member in members:
            self._count(1, where)
            text = str(member).lower() if isinstance(member, bool) else str(member).strip()
            made = self.mapping(body, {**names, name: text}, where)
            _check_new(made, found.keys(), where)
            found |= made
        return found

    def _text(self, value: Any, names: Mapping[str, str], where: str) -> Any:
        """A text with the members for the names in it, each once: what they bring is no name."""
        if not names or not isinstance(value, str) or "{" not in value:
            return value

        def member(found: re.Match[str]) -> str:
            text = names.get(found[1])
            if text is None:
                return found[0]
            self._letters += len(text)
            if self._letters > MOST_LETTERS:
                problem = f"its loops make texts of more than {MOST_LETTERS:,} letters"
                raise NotEvaluatedError(where, [problem])
            if found[0].startswith("$"):
                return text
            return "".join(letter for letter in text if letter.isalnum())

        return _IDENTIFIER.sub(member, value)

    def _count(self, more: int, where: str) -> None:
        self._made += more
        if more and self._made > MOST:
            raise NotEvaluatedError(where, [f"its loops make more than {MOST:,} values"])


def _check_new(made: Mapping[str, Any], there: Set[str], where: str) -> None:
    """Loops that cannot be written out may be made again; nothing else of one name may."""
    if twice := sorted(str(key) for key in made if key in there and not _is_loop(key)):
        raise RefusedDefinition(where, [f"{twice[0]} would be there twice"])
