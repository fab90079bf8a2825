"""What becomes of the project's own functions and classes when they are called."""

import ast
from collections.abc import Iterator

from tocsin.check.calls.abstract_values import (
    ANYTHING,
    NOTHING,
    Bound,
    Class,
    Definition,
    ImportedName,
    Instance,
    Value,
    Values,
)
from tocsin.check.calls.facts import RETURNED
from tocsin.check.calls.scoped_names import Names
from tocsin.check.calls.scopes import last_word, parameters
from tocsin.check.calls.sdk_objects import Arguments

AS_PROPERTY = frozenset({"property", "cached_property"})
_MOST_BASES = 20


class Running(Names):
    """Members of classes, and calls: arguments to parameters, what is returned."""

    def _run(self, callee: Value, arguments: Arguments) -> Values:
        """A call of the project's own code."""
        match callee:
            case Definition():
                self._give(callee, arguments, 0)
                return self._facts.of(callee, RETURNED)
            case Bound(definition, receiver):
                names = parameters(definition.node)
                if names:
                    self._facts.add(definition, names[0], frozenset({receiver}))
                self._give(definition, arguments, 1)
                return self._facts.of(definition, RETURNED)
            case Class():
                made = Instance(callee)
                self._begin(made, arguments)
                return frozenset({made})
            case Instance():
                found: Values = NOTHING
                for method in self._of_class(callee, "__call__") - {callee}:
                    if isinstance(method, Bound):
                        found |= self._run(method, arguments)
                return found or ANYTHING
        return ANYTHING

    def _begin(self, made: Instance, arguments: Arguments) -> None:
        """``__init__``, or the fields of a dataclass."""
        for kind in self._with_bases(made.kind):
            if kind is None:
                return
            for value in self._facts.of(kind, "__init__"):
                if isinstance(value, Definition):
                    self._run(Bound(value, made), arguments)
                    return
        fields = [
            part.target.id
            for part in made.kind.node.body
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
        ]
        for name, values in zip(fields, arguments.positional, strict=False):
            self._facts.add(made.kind, name, values)
        for name, values in (arguments.named or {}).items():
            self._facts.add(made.kind, name, values)

    def _give(self, definition: Definition, arguments: Arguments, skipped: int) -> None:
        """Hand ``arguments`` to the parameters of a function that now runs."""
        self._facts.reach(definition)
        names = parameters(definition.node)
        if arguments.is_open:
            for name in names[skipped:]:
                self._facts.add(definition, name, ANYTHING)
        for name, values in zip(names[skipped:], arguments.positional, strict=False):
            self._facts.add(definition, name, values)
        for name, values in (arguments.named or {}).items():
            if name in names:
                self._facts.add(definition, name, values)
        for rest in (definition.node.args.vararg, definition.node.args.kwarg):
            if rest is not None:
                self._facts.add(definition, rest.arg, ANYTHING)

    def _hand_over(self, value: Value) -> None:
        """Somebody else's code may call ``value``, with anything."""
        match value:
            case Definition():
                self._give(value, Arguments(is_open=True), 0)
            case Bound(definition):
                names = parameters(definition.node)
                if names:
                    self._facts.add(definition, names[0], frozenset({value.receiver}))
                self._give(definition, Arguments(is_open=True), 1)
            case Instance():
                for method in self._of_class(value, "__call__"):
                    if isinstance(method, Bound):
                        self._hand_over(method)

    def _of_class(self, owner: Class | Instance, name: str) -> Values:
        kind = owner.kind if isinstance(owner, Instance) else owner
        found: set[Value] = set()
        for ancestor in self._with_bases(kind):
            if ancestor is None:
                return frozenset(found) | ANYTHING
            values = self._facts.of(ancestor, name)
            if values or name in self._names_of(ancestor):
                for value in values:
                    found |= self._as_member(value, owner)
                return frozenset(found)
        return ANYTHING

    def _with_bases(self, kind: Class, depth: int = 0) -> Iterator[Class | None]:
        """The class and those that it is made of, in their order; None for somebody else's."""
        yield kind
        for index in range(len(kind.node.bases) if depth < _MOST_BASES else 0):
            for value in self._facts.of(kind, base(index)):
                if isinstance(value, Class):
                    yield from self._with_bases(value, depth + 1)
                elif value != ImportedName("builtins.object"):
                    yield None

    def _as_member(self, value: Value, owner: Class | Instance) -> Values:
        """A member of a class as it is when it is asked of ``owner``."""
        if not isinstance(value, Definition) or value.of is None:
            return frozenset({value})
        if isinstance(value.node, ast.Lambda):
            return ANYTHING
        decorators = {last_word(decorator) for decorator in value.node.decorator_list}
        if "staticmethod" in decorators:
            return frozenset({value})
        if "classmethod" in decorators:
            kind = owner.kind if isinstance(owner, Instance) else owner
            return frozenset({Bound(value, kind)})
        if isinstance(owner, Class):
            return frozenset({value})
        if decorators & AS_PROPERTY:
            return self._run(Bound(value, owner), Arguments())
        return frozenset({Bound(value, owner)})


def base(index: int) -> str:
    """The name of what stands in the brackets of a class: no variable can be called so."""
    return f"base {index}"
