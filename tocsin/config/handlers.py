"""Where a function's code is, and whether its handler is there.

Three layouts: a folder for each function (functions/orders), a folder of many functions, which
``source`` names, and the project as a whole, from where the handler's path leads on
(``src/handlers/orders.lambda_handler``), as in a Serverless project.
"""

import ast
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tocsin.config.document import KeyPath, Problem, mapping_at

FUNCTIONS = "functions"
SHARED = "_shared"
"""Beside the folders of functions; in the archive of each of them, below its own files."""
DEFAULT_HANDLER = "handler.handler"
# Lambda imports what stands before the last dot; a slash is as good as a dot there, and a name may
# have what no `import` could spell. https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
_PYTHON = re.compile(r"[^\s/.]+([/.][^\s/.]+)*\.[A-Za-z_]\w*")
ACCEPTED = "module.function, such as handler.handler or src/handlers/orders.lambda_handler"


def source_of(root: Path, key: str, handler: str, given: str | None) -> Path:
    """The folder that is the root of the function's archive."""
    if given is not None:
        return root / given
    own = root / FUNCTIONS / key
    if module_file(own, handler) is None and module_file(root, handler) is not None:
        return root
    return own


def module_file(folder: Path, handler: str) -> Path | None:
    """The file of the handler's module below ``folder``; None where there is none."""
    module, _, _ = handler.rpartition(".")
    path = folder.joinpath(*re.split(r"[/.]", module))
    for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
        if os.path.isfile(file):  # unlike Path's, it says no of what can be no path
            return file
    return None


def problems(data: Any, root: Path) -> list[Problem]:
    """The handlers that are none, or are not there, in the functions of monitoring.yml as written.

    A handler may be in a layer, in an archive that is made elsewhere, or in an image; what is not
    Python is nobody's here to look for.
    """
    found: list[Problem] = []
    declared = mapping_at(data, "functions")
    for name, settings in declared.items():
        found += _of_function(root, str(name), _settings(settings), ("functions", str(name)))
    for stage, settings in mapping_at(data, "stages").items():
        for name, override in mapping_at(settings, "functions").items():
            changes = _settings(override)
            if name in declared and {"handler", "source"} & changes.keys():
                path = ("stages", str(stage), "functions", str(name))
                found += _of_function(
                    root, str(name), {**_settings(declared[name]), **changes}, path
                )
    return found


def _of_function(
    root: Path, name: str, settings: Mapping[str, Any], above: KeyPath
) -> list[Problem]:
    given, source = settings.get("handler"), settings.get("source")
    handler = given if isinstance(given, str) else DEFAULT_HANDLER
    path: KeyPath = (*above, *(("handler",) if given else ()))
    if not is_python(settings) or (given is not None and not isinstance(given, str)):
        return []
    if Path(name).name != name:  # no folder's name: said where keys are judged
        return []
    if not _PYTHON.fullmatch(handler):
        return [Problem(path, repr(handler), ACCEPTED)]
    if isinstance(source, str) and not _is_folder(root, source):
        found = f"no folder {source} in the project"
        return [Problem((*above, "source"), found, "a folder of the project")]
    folder = source_of(root, name, handler, source if isinstance(source, str) else None)
    file = module_file(folder, handler)
    module, _, attribute = handler.rpartition(".")
    if file is None:
        if _may_be_elsewhere(settings):
            return []
        wanted = (folder / re.sub(r"[/.]", "/", module)).with_suffix(".py")
        shown = wanted.relative_to(root).as_posix()
        others = "" if source or "/" not in module else f", or {module.replace('.', '/')}.py"
        return [Problem(path, f"no file {shown}", f"{shown} with {attribute}(){others}")]
    shown = file.relative_to(root).as_posix()
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError as error:
        line = f":{error.lineno}" if error.lineno else ""
        return [
            Problem(path, f"no Python in {shown}{line}: {error.msg}", f"a file with {attribute}()")
        ]
    except (ValueError, RecursionError, MemoryError):  # of a null byte; nested too deeply
        return [Problem(path, f"no Python in {shown}", f"a file with {attribute}()")]
    if not _defines(tree, attribute):
        return [Problem(path, f"no {attribute} in {shown}", f"a function {attribute}")]
    return []


def is_python(settings: Mapping[str, Any]) -> bool:
    """Whether Lambda runs it with Python and from an archive: errorlog can then be in it."""
    runtime = settings.get("runtime")
    return not settings.get("image") and (
        not isinstance(runtime, str) or runtime.startswith("python")
    )


def _is_folder(root: Path, source: str) -> bool:
    folder = root / source
    return os.path.isdir(folder) and folder.resolve().is_relative_to(root.resolve())


def _may_be_elsewhere(settings: Mapping[str, Any]) -> bool:
    package = settings.get("package")
    return bool(settings.get("layers")) or (isinstance(package, dict) and "artifact" in package)


def _defines(tree: ast.Module, attribute: str) -> bool:
    """Whether the module has ``attribute`` as far as its text tells; a star import may bring it."""
    bound = _bound_names(tree)
    return attribute in bound or "*" in bound or is_bound_unseen(tree, attribute)


def is_bound_unseen(tree: ast.Module, attribute: str) -> bool:
    """Whether ``attribute`` may be bound where no statement of the module itself does."""
    return (
        is_global_of_a_function(tree, attribute)
        or any(
            isinstance(part, ast.FunctionDef) and part.name == "__getattr__" for part in tree.body
        )
        or any(isinstance(node, ast.Call) and _binds_by_name(node) for node in ast.walk(tree))
    )


def is_global_of_a_function(tree: ast.Module, attribute: str) -> bool:
    return any(isinstance(node, ast.Global) and attribute in node.names for node in ast.walk(tree))


def _binds_by_name(call: ast.Call) -> bool:
    """``globals()``, ``exec(...)`` and ``setattr(sys.modules[__name__], ...)``."""
    match call:
        case ast.Call(func=ast.Name(id="globals" | "exec")):
            return True
        case ast.Call(func=ast.Name(id="setattr"), args=[ast.Subscript(value=modules), *_]):
            return getattr(modules, "attr", getattr(modules, "id", None)) == "modules"
    return False


def _bound_names(module: ast.Module) -> set[str]:
    """The names that a module's own statements bind; ``*`` for those of a star import."""
    found: set[str] = set()
    waiting: list[ast.AST] = [module]
    while waiting:  # no recursion: a sum of a thousand texts is a thousand levels deep
        match waiting.pop():
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() as definition:
                found.add(definition.name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                found |= {alias.asname or alias.name.partition(".")[0] for alias in aliases}
            case ast.AugAssign() | ast.Lambda() | ast.ListComp() | ast.GeneratorExp():
                pass
            case node:
                waiting += ast.iter_child_nodes(node)
    return found


def _settings(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
