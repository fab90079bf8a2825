"""What a name stands for in the modules of a function, followed from module to module."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tocsin.check.bindings import bound_by, reaching
from tocsin.check.module_source import (
    ERRORLOG,
    Dotted,
    ModuleSource,
    chain_of,
    names_of_errorlog,
    origin_of,
)

_MAX_LAYERS = 20  # of names that stand for names
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Meaning:
    """What a name stands for: a function, a class, a value, a loop, a module (its tree).

    ``rest`` are the attributes of it that are meant; ``node`` is None for a part of errorlog, whose
    name ``rest`` ends with.
    """

    node: ast.AST | None
    source: ModuleSource
    rest: Dotted


@dataclass
class FunctionModules:
    """The modules of a function, by name; ``folders`` are where Python looks, first one first."""

    folders: tuple[Path, ...]
    _read: dict[Dotted, ModuleSource | None] = field(default_factory=dict)
    _last: dict[tuple[Dotted, str], list[ast.stmt]] = field(default_factory=dict)
    _bound: dict[Dotted, dict[str, list[ast.stmt]]] = field(default_factory=dict)

    def source(self, module: Dotted) -> ModuleSource | None:
        """The text of ``module``; None where it is not the project's, or no Python."""
        if module not in self._read:
            self._read[module] = self._parsed(module)
        return self._read[module]

    def file(self, module: Dotted) -> Path | None:
        for folder in self.folders if module else ():
            path = folder.joinpath(*module)
            for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
                if file.is_file():
                    return file
        return None

    def meanings(
        self,
        names: Dotted,
        source: ModuleSource,
        at: ast.AST | None = None,
        layers: int = _MAX_LAYERS,
    ) -> Iterator[Meaning]:
        """What ``a.b.c`` may stand for in a module: before the statement ``at``, or at its end.

        Nothing where it comes from elsewhere.
        """
        if not layers:
            return
        statements = self.binding(names[0], source, at)
        for statement in statements:
            yield from self.bound(statement, names, source, layers - 1)

    def binding(
        self,
        name: str,
        source: ModuleSource,
        at: ast.AST | None = None,
        *,
        only_before: bool = False,
    ) -> list[ast.stmt]:
        """The statements that may have bound a name last before ``at``, or else at the end."""
        if source.name not in self._bound:
            self._bound[source.name] = names_bound(source.tree)
        bound = self._bound[source.name]
        body = [*bound.get(name, ()), *bound.get("*", ())]
        body.sort(key=_place)
        found = reaching(before(body, at), name)[0] if at is not None else []
        if found or (only_before and at is not None):
            return found
        if (source.name, name) not in self._last:
            self._last[source.name, name] = reaching(body, name)[0]
        return self._last[source.name, name]

    def bound(
        self, statement: ast.stmt, names: Dotted, source: ModuleSource, layers: int = _MAX_LAYERS
    ) -> Iterator[Meaning]:
        """What ``a.b.c`` stands for where ``statement`` binds ``a``."""
        root, rest = names[0], names[1:]
        match statement:
            case ast.ImportFrom():
                origin, original = origin_of(statement, source, root)
                if origin[:1] == (ERRORLOG,):
                    yield Meaning(None, source, (original, *rest))
                else:
                    yield from self._within(origin, (original, *rest), layers)
            case ast.Import(names=aliases):
                for module in imported_as(aliases, root):
                    if module[0] == ERRORLOG:
                        yield Meaning(None, source, (*module, *rest))
                    else:
                        yield from self._within(module, rest, layers)
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                chain = chain_of(value)
                if chain is None:
                    yield Meaning(value, source, rest)
                else:
                    yield from self.meanings((*chain, *rest), source, statement, layers)
            case _:
                yield Meaning(statement, source, rest)

    def _within(self, module: Dotted, names: Dotted, layers: int) -> Iterator[Meaning]:
        """What ``a.b`` stands for in a module or package: its own name, or a module in it."""
        source = self.source(module)
        if not names:
            if source is not None:
                yield Meaning(source.tree, source, ())
            return
        found = [] if source is None else list(self.meanings(names, source, None, layers))
        yield from found
        if not found and self.file((*module, names[0])) is not None:
            yield from self._within((*module, names[0]), names[1:], layers)

    def _parsed(self, module: Dotted) -> ModuleSource | None:
        file = self.file(module)
        if file is None:
            return None
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        package = module if file.name == "__init__.py" else module[:-1]
        return ModuleSource(module, package, tree, dict(names_of_errorlog(tree)))


def before(body: list[ast.stmt], at: ast.AST) -> list[ast.stmt]:
    """The statements that have run when ``at`` runs, which stands among or within them."""
    place = _place(at)
    found = []
    for statement in body:
        if (statement.end_lineno or 0, statement.end_col_offset or 0) <= place:
            found.append(statement)
        elif _place(statement) < place and not isinstance(statement, _SCOPES):
            for way in _ways(statement):
                here = way and _place(way[0]) <= place and (way[-1].end_lineno or 0) >= place[0]
                if here or (isinstance(statement, ast.Try) and way is statement.body):
                    found += before(way, at)
    return found


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _ways(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of an ``if``, ``try``, ``with`` and their like."""
    for part in (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        for name in ("body", "orelse", "finalbody"):
            yield getattr(part, name, [])


def names_bound(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    """The statements of a module that may bind each name; ``*`` those of a star import."""
    found: dict[str, list[ast.stmt]] = {}
    for statement in tree.body:
        names = set()
        waiting: list[ast.AST] = [statement]
        while waiting:
            part = waiting.pop()
            match part:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    names.add(part.name)
                    continue
                case ast.Name(id=name, ctx=ast.Store()):
                    names.add(name)
                case ast.alias(name=name, asname=asname):
                    names.add(asname or name.partition(".")[0])
            waiting += ast.iter_child_nodes(part)
        for name in names:
            found.setdefault(name, []).append(statement)
    return found


def imported_as(aliases: list[ast.alias], name: str) -> Iterator[Dotted]:
    """The modules that ``import`` binds to a name: of ``import a.b`` it is ``a``."""
    for alias in aliases:
        dotted = tuple(alias.name.split("."))
        if alias.asname == name:
            yield dotted
        elif alias.asname is None and dotted[0] == name:
            yield dotted[:1]


def imports_within(node: ast.AST) -> list[ast.Import | ast.ImportFrom]:
    """The imports in a function's own text."""
    if isinstance(node, ast.Module):
        return []
    return [part for part in ast.walk(node) if isinstance(part, ast.Import | ast.ImportFrom)]


def binds(statement: ast.Import | ast.ImportFrom, name: str) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return name in bound_by(statement)
    return any(imported_as(statement.names, name))
