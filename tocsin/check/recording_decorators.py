"""Whether a decorator, or a function that makes a handler, goes through record_errors.

One of the project's own does where record_errors stands in its text, or in that of what it uses.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tocsin.check.module_source import (
    RECORD,
    RECORD_ITEMS,
    Dotted,
    ModuleSource,
    chain_of,
)
from tocsin.check.name_meanings import FunctionModules, Meaning, binds, imports_within
from tocsin.check.wrapping_verdicts import Wrapping, first_of, together

_PARTS = {RECORD: Wrapping.WRAPPED, RECORD_ITEMS: Wrapping.ITEMS}
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_MAX_LAYERS = 20  # of classes and their bases
_Text = tuple[ast.AST, ModuleSource]


@dataclass
class RecordingDecorators:
    """``WRAPPED`` is what goes through record_errors, ``BARE`` what does not as far as one sees."""

    modules: FunctionModules
    # What is known of what a name means; of what is being asked about, nothing yet.
    _known: dict[tuple[ast.AST, Dotted], Wrapping] = field(default_factory=dict)
    # Texts in which there is no part of errorlog, however far one follows them: of a decorator's
    # own, and of everything.
    _without: tuple[set[ast.AST], set[ast.AST]] = field(default_factory=lambda: (set(), set()))

    def of(self, decorator: ast.expr, source: ModuleSource, at: ast.AST | None = None) -> Wrapping:
        """Of ``errorlog.record_errors``, ``observed("orders")``, ``partial(record_errors, ...)``.

        ``at`` is the statement that uses it.
        """
        return self._of(decorator, source, at) or Wrapping.BARE

    def named_around(self, value: ast.expr, source: ModuleSource) -> bool:
        """Whether record_errors stands anywhere in what ``value`` is made of."""
        return self._in_texts([(value, source)], everything=True) is not Wrapping.BARE

    def _of(
        self, node: ast.AST, source: ModuleSource, at: ast.AST | None = None
    ) -> Wrapping | None:
        """None of a constant, as None is on a path on which there is no decorator."""
        match node:
            case ast.Name() | ast.Attribute():
                names = chain_of(node)
                if names is None:
                    return self._hidden_in(node, source)
                found = self.modules.meanings(names, source, at)
                return together(map(self._of_meaning, found)) or Wrapping.BARE
            case ast.Call(func=func, args=args):
                if args and source.part_of_errorlog(func) in _PARTS:
                    return Wrapping.BARE  # a function that is wrapped, and wraps none
                called = self._of(func, source, at)
                return self._of_given(node, source, at) if called is Wrapping.BARE else called
            case ast.IfExp(body=one, orelse=other):
                return together(self._of(value, source, at) for value in (one, other))
            case ast.BoolOp(values=values):
                return first_of(self._of(value, source, at) for value in values)
            case ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self._of(value, source, at)
            case ast.Lambda(body=body):
                return self._in_texts([(body, source)])
            case ast.Constant():
                return None
        return self._hidden_in(node, source)

    def _of_given(self, call: ast.Call, source: ModuleSource, at: ast.AST | None) -> Wrapping:
        """Of ``partial(record_errors, record_event=False)`` and ``compose(log, record_errors)``.

        A class or a handler of items is given to be used, not to be composed.
        """
        for given in (*call.args, *(keyword.value for keyword in call.keywords)):
            names = chain_of(given)
            found = [] if names is None else self.modules.meanings(names, source, at)
            if any(isinstance(meaning.node, ast.ClassDef) for meaning in found):
                continue
            verdict = self._of(given, source, at)
            if verdict in (Wrapping.WRAPPED, Wrapping.UNKNOWN):
                return verdict
        return Wrapping.BARE

    def _of_meaning(self, found: Meaning) -> Wrapping | None:
        node, source, rest = found.node, found.source, found.rest
        if node is None:
            return _PARTS.get(rest[-1], Wrapping.BARE)
        if isinstance(node, ast.Constant):
            return None
        key = node, rest
        if key not in self._known:
            self._known[key] = Wrapping.BARE
            self._known[key] = self._of_kind(node, source, rest) or Wrapping.BARE
        return self._known[key]

    def _of_kind(self, node: ast.AST, source: ModuleSource, rest: Dotted) -> Wrapping | None:
        if isinstance(node, ast.Module):
            return Wrapping.BARE
        if isinstance(node, ast.For):
            return self._hidden_in(node.iter, source)
        if rest or isinstance(node, _SCOPES):
            return self._in_texts(self._parts(Meaning(node, source, rest)))
        return self._of(node, source)

    def _hidden_in(self, node: ast.AST, source: ModuleSource) -> Wrapping:
        """Of one of several in a list or dict, which the text does not tell."""
        inside = self._in_texts([(node, source)], everything=True)
        return Wrapping.BARE if inside is Wrapping.BARE else Wrapping.UNKNOWN

    def _in_texts(self, texts: Iterable[_Text], *, everything: bool = False) -> Wrapping:
        """What stands in texts, and in those of what they name; ``everything``: in decorators, too.

        What a decorator uses may be decorated itself, and goes through nothing for that.
        """
        waiting, found = list(texts), Wrapping.BARE
        seen: set[ast.AST] = set()
        followed: set[tuple[Dotted, Dotted]] = set()
        without = self._without[everything]
        while waiting:
            text, source = waiting.pop()
            if text in seen or text in without:
                continue
            seen.add(text)
            imports = imports_within(text)
            for name, chain in _names(text, everything=everything):
                part = _PARTS.get(source.part_of_errorlog(name) or "", Wrapping.BARE)
                for meaning in self._meant(chain, imports, source, followed):
                    if meaning.node is None:
                        part = first_of((part, _PARTS.get(meaning.rest[-1]))) or part
                    elif everything:
                        waiting.append((meaning.node, meaning.source))
                    elif not isinstance(meaning.node, ast.Module):
                        waiting += self._parts(meaning)
                if part is Wrapping.WRAPPED:
                    return part
                found = first_of((found, part)) or found
        if found is Wrapping.BARE:
            without |= seen
        return found

    def _parts(self, found: Meaning, layers: int = _MAX_LAYERS) -> Iterator[_Text]:
        """The text of what is meant: of a method of a class or object, that of the method alone."""
        node, source, rest = found.node, found.source, found.rest
        if node is None or not layers:
            return
        kinds: list[tuple[ast.ClassDef, ModuleSource]] = []
        if isinstance(node, ast.ClassDef):
            kinds = [(node, source)]
        if isinstance(node, ast.Call) and (names := chain_of(node.func)) is not None:
            made = self.modules.meanings(names, source)
            kinds = [
                (kind.node, kind.source) for kind in made if isinstance(kind.node, ast.ClassDef)
            ]
        if not rest or not kinds:
            yield from kinds
            if not kinds:
                yield node, source
            return
        for kind, origin in kinds:
            methods = [part for part in kind.body if getattr(part, "name", None) == rest[0]]
            yield from ((method, origin) for method in methods)
            for base in () if methods else filter(None, map(chain_of, kind.bases)):
                for inherited in self.modules.meanings(base, origin):
                    if isinstance(inherited.node, ast.ClassDef):
                        of_base = Meaning(inherited.node, inherited.source, rest)
                        yield from self._parts(of_base, layers - 1)

    def _meant(
        self,
        chain: Dotted,
        imports: list[ast.Import | ast.ImportFrom],
        source: ModuleSource,
        followed: set[tuple[Dotted, Dotted]],
    ) -> Iterator[Meaning]:
        """What a name in a function stands for: of an import of its own, or of the module's."""
        own = [statement for statement in imports if binds(statement, chain[0])]
        for statement in own:
            yield from self.modules.bound(statement, chain, source)
        if not own and (source.name, chain) not in followed:
            followed.add((source.name, chain))
            yield from self.modules.meanings(chain, source)


def _names(node: ast.AST, *, everything: bool) -> Iterator[tuple[ast.expr, Dotted]]:
    """The names that a text uses, with their attributes, but for those that it binds itself."""
    left_out = set() if everything else {*getattr(node, "decorator_list", ())}
    used: list[tuple[ast.expr, Dotted]] = []
    bound: set[str] = set()
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop()
        match part:
            case ast.arg(arg=name):
                bound.add(name)
            case ast.Name(id=name, ctx=ast.Store()) if not isinstance(node, ast.Module):
                bound.add(name)
            case ast.Name() | ast.Attribute() if (chain := chain_of(part)) is not None:
                used.append((part, chain))
                continue
        waiting += [child for child in ast.iter_child_nodes(part) if child not in left_out]
        if isinstance(part, _SCOPES) and part is not node and not isinstance(node, ast.Module):
            bound.add(part.name)
    yield from ((name, chain) for name, chain in used if chain[0] not in bound)
