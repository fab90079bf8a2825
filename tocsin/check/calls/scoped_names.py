"""What names stand for: by the scopes that they are of, and the modules that are imported."""

import ast
from collections.abc import Callable

from tocsin.check.calls.abstract_values import Class, ImportedName, Module, Scope, Value, Values
from tocsin.check.calls.facts import Facts
from tocsin.check.calls.scopes import bound_in, module_of
from tocsin.check.own_modules import and_packages, imported_from

FindModule = Callable[[str], Module | None]
"""A module of the project's own by its dotted name; None where it is not one."""


class Names:
    """The facts of one program, and how its names lead to them."""

    def __init__(self, find_module: FindModule) -> None:
        self._find_module = find_module
        self._modules: dict[str, Module | None] = {}
        self._facts = Facts()
        self._bound_names: dict[Scope, frozenset[str]] = {}

    def _import(self, name: str) -> Module | None:
        """The module, and its packages, once they run."""
        found = None
        for part in and_packages(name):
            found = self._module(part)
            if found is not None:
                self._facts.reach(found)
        return found

    def _module(self, name: str) -> Module | None:
        if name not in self._modules:
            self._modules[name] = self._find_module(name)
        return self._modules[name]

    def _names_of(self, scope: Scope) -> frozenset[str]:
        """The names that a scope binds itself."""
        if scope not in self._bound_names:
            self._bound_names[scope] = frozenset(bound_in(scope))
        return self._bound_names[scope]

    def _owner(self, name: str, scope: Scope) -> Scope:
        """The scope that ``name`` is of, by Python's rules."""
        current: Scope = scope
        while not isinstance(current, Module):
            visible = current is scope or not isinstance(current, Class)
            if visible and name in self._names_of(current):
                return current
            current = current.scope
        return current

    def _name(self, name: str, values: Values, scope: Scope) -> None:
        self._facts.add(self._owner(name, scope), name, values)

    def _named(self, name: str, scope: Scope) -> Values:
        owner = self._owner(name, scope)
        if self._facts.is_known(owner, name) or name in self._names_of(owner):
            return self._facts.of(owner, name)
        return frozenset({ImportedName(f"builtins.{name}")})

    def _of_module(self, module: Module, name: str) -> Values:
        if self._facts.is_known(module, name) or name in self._names_of(module):
            return self._facts.of(module, name)
        part = self._import(f"{module.name}.{name}")
        return self._facts.of(module, name) if part is None else frozenset({part})

    def _imports(self, statement: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                own = self._import(alias.name)
                shown = alias.name if alias.asname else alias.name.partition(".")[0]
                value: Value = (own if alias.asname else self._module(shown)) or ImportedName(shown)
                self._name(alias.asname or shown, frozenset({value}), scope)
            return
        start = imported_from(statement, module_of(scope).package)
        own = self._import(start) if start else None
        for alias in statement.names:
            if own is None:
                # A package without __init__.py is a folder alone.
                part = self._import(f"{start}.{alias.name}") if start else None
                found = part or ImportedName(f"{start}.{alias.name}")
                self._name(alias.asname or alias.name, frozenset({found}), scope)
            elif alias.name == "*":
                for (owner, name), values in list(self._facts.values.items()):
                    if owner is own and not name.startswith("_"):
                        self._name(name, values, scope)
            else:
                values = self._of_module(own, alias.name)
                self._name(alias.asname or alias.name, values, scope)
