"""A module's text, and which of its names are parts of errorlog."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

ERRORLOG = "errorlog"
RECORD, RECORD_ITEMS = "record_errors", "record_item_errors"
Dotted = tuple[str, ...]
"""A module by its parts: ``("api", "http")``."""


@dataclass(frozen=True)
class ModuleSource:
    """One module's text, and what it calls the parts of errorlog."""

    name: Dotted
    package: Dotted
    tree: ast.Module
    names: dict[str, str]

    def part_of_errorlog(self, node: ast.expr) -> str | None:
        """``record_errors`` of ``log.record_errors(...)`` or ``guard``; None of anything else."""
        while isinstance(node, ast.Call):
            node = node.func
        root = root_name(node)
        if root not in self.names:
            return None
        return node.attr if isinstance(node, ast.Attribute) else self.names[root]


def names_of_errorlog(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What a module calls errorlog, or something of it, and what that is."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    if alias.name.split(".")[0] == ERRORLOG:
                        yield alias.asname or ERRORLOG, ERRORLOG
            case ast.ImportFrom(module=str(module), names=aliases, level=0):
                if module.split(".")[0] == ERRORLOG:
                    for alias in aliases:
                        yield alias.asname or alias.name, alias.name


def mentions(part: ast.AST, source: ModuleSource) -> bool:
    """Whether record_errors stands anywhere in a part of the module."""
    return any(
        isinstance(node, ast.Name | ast.Attribute) and source.part_of_errorlog(node) == RECORD
        for node in ast.walk(part)
    )


def split_handler(handler: str) -> tuple[Dotted, str]:
    """Module and name of ``orders.work.main`` or, as Lambda has it too, ``orders/work.main``."""
    module, _, name = handler.rpartition(".")
    return tuple(re.split(r"[/.]", module)), name


def origin_of(
    statement: ast.ImportFrom, source: ModuleSource, attribute: str
) -> tuple[Dotted, str]:
    """The module that ``attribute`` is imported from, and what it is called there."""
    level = statement.level
    before = source.package[: len(source.package) - level + 1] if level else ()
    module = tuple(part for part in (*before, *(statement.module or "").split(".")) if part)
    for alias in statement.names:
        if (alias.asname or alias.name) == attribute:
            return module, alias.name
    return module, attribute  # of a star import


def chain_of(node: ast.AST) -> Dotted | None:
    """``("app", "main")`` of ``app.main``; None of what is no name with attributes."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else None


def root_name(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def last_name(node: ast.expr) -> str | None:
    """``inject_lambda_context`` of ``@logger.inject_lambda_context(log_event=True)``."""
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
