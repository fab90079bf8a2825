"""Where a handler is found, in the words of a finding."""

import ast
import os.path
from contextlib import suppress
from pathlib import Path

from tocsin.check.module_source import ERRORLOG, Dotted, origin_of, split_handler
from tocsin.check.name_meanings import FunctionModules
from tocsin.config import Function

_MAX_LAYERS = 20  # of modules that import it from one another


def place_of(function: Function) -> str:
    """``main() in functions/orders/work.py``, also where the handler's module only imports it."""
    modules = FunctionModules(function.folders)
    module, name = split_handler(function.handler)
    with suppress(RecursionError):  # a thousand branches, each in the last one's else
        module, name = _origin(modules, module, name)
    file = modules.file(module)
    if file is None:  # it may come with a layer
        file = function.source.joinpath(*module[:-1], f"{module[-1]}.py")
    inside = os.path.relpath(file, function.source)  # ../_shared/work.py, of what all share
    return f"{name}() in {Path(os.path.normpath(Path(function.folder) / inside)).as_posix()}"


def _origin(modules: FunctionModules, module: Dotted, name: str) -> tuple[Dotted, str]:
    """The module of the function's own that binds ``name`` by more than an import."""
    for _ in range(_MAX_LAYERS):
        source = modules.source(module)
        match [] if source is None else modules.binding(name, source):
            case [ast.ImportFrom() as statement] if source is not None:
                origin, original = origin_of(statement, source, name)
            case _:
                break
        further = None if origin[:1] == (ERRORLOG,) else modules.source(origin)
        if further is None or not modules.binding(original, further):
            break
        module, name = origin, original
    return module, name
