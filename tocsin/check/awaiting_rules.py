"""A finding where a handler answers with what somebody would have to await, or to read.

Lambda calls it and takes what it returns for the answer, which is no JSON:
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tocsin.check.handler_places import place_of
from tocsin.check.module_source import RECORD, Dotted, ModuleSource, origin_of, split_handler
from tocsin.check.name_meanings import FunctionModules
from tocsin.config import Function
from tocsin.config.handlers import is_bound_unseen
from tocsin.findings import Finding, Severity

_MAX_LAYERS = 20  # of names that stand for names
_FAILS = "every call fails with Runtime.MarshalError"
_COROUTINE = (
    f"{{}} is async, and Lambda does not await it: {_FAILS}; call it by asyncio.run in a function "
    "that is the handler"
)
_GENERATOR = (
    f"{{}} is a generator, and Lambda does not read it: {_FAILS}; return the answer as a whole"
)


def awaiting(function: Function) -> Iterator[Finding]:
    """A finding where the handler is async or a generator, on every path and for certain.

    Nothing where something other than record_errors is around it, which may run it.
    """
    module, name = split_handler(function.handler)
    answers = _Answers(FunctionModules(function.folders))
    try:
        found = answers.of_name(module, name)
    except RecursionError:  # a thousand branches, each in the last one's else
        return
    if found is not None:
        message = found.format(place_of(function))
        yield Finding(Severity.ERROR, "completeness/handler", function.key, message)


@dataclass
class _Answers:
    """What the functions of some modules answer with that is no answer; None of all others."""

    modules: FunctionModules
    _known: dict[tuple[Dotted, str, tuple[int, int] | None], str | None] = field(
        default_factory=dict
    )

    def of_name(
        self, module: Dotted, name: str, at: ast.expr | None = None, layers: int = _MAX_LAYERS
    ) -> str | None:
        """Of what ``name`` stands for where ``at`` is, or at the module's end."""
        key = module, name, (at.lineno, at.col_offset) if at is not None else None
        if key not in self._known:
            self._known[key] = None  # of what is made of itself
            self._known[key] = self._of_name(module, name, at, layers) if layers else None
        return self._known[key]

    def _of_name(self, module: Dotted, name: str, at: ast.expr | None, layers: int) -> str | None:
        source = self.modules.source(module)
        if source is None or is_bound_unseen(source.tree, name):
            return None
        found = None
        for statement in self.modules.binding(name, source, at, only_before=True):
            found = self._of_binding(statement, source, name, layers - 1)
            if found is None:
                return None
        return found

    def _of_binding(
        self, statement: ast.stmt, source: ModuleSource, name: str, layers: int
    ) -> str | None:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return _of_function(statement, source)
            case ast.ImportFrom():
                return self.of_name(*origin_of(statement, source, name), layers=layers)
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                while isinstance(value, ast.Call) and _is_recorder(value, source) and value.args:
                    value = value.args[0]
                if isinstance(value, ast.Name):
                    return self.of_name(source.name, value.id, value, layers)
        return None


def _is_recorder(node: ast.expr, source: ModuleSource) -> bool:
    return source.part_of_errorlog(node) == RECORD


def _of_function(
    function: ast.FunctionDef | ast.AsyncFunctionDef, source: ModuleSource
) -> str | None:
    if not all(_is_recorder(decorator, source) for decorator in function.decorator_list):
        return None
    if _yields(function):
        return _GENERATOR
    return _COROUTINE if isinstance(function, ast.AsyncFunctionDef) else None


def _yields(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is a generator: a function within it has its own ``yield``."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        part = waiting.pop()
        if isinstance(part, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(part)
    return False
