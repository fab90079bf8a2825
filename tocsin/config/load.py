"""Read monitoring.yml for one stage, or raise every error in it at once."""

import ast
import difflib
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tocsin import names
from tocsin.config import attachments, external
from tocsin.config import document as documents
from tocsin.config.attached_lock import read_attached
from tocsin.config.document import Document, KeyPath, Problem
from tocsin.config.external_lock import read_listed
from tocsin.config.model import HANDLER, PATTERN_WORDS, REGION, Monitoring
from tocsin.config.resolve import DEFAULT_HANDLER, Stage, resolve
from tocsin.config.stacks_lock import read_lock
from tocsin.config.suffixes import suffix_of, suffix_problems
from tocsin.exceptions import InputError
from tocsin.names import DEFAULT_STAGE
from tocsin.nearest import nearest
from tocsin.project_folder import MONITORING

FILE_NAME = MONITORING


class ConfigError(InputError):
    """monitoring.yml is wrong; the message has one line per problem."""

    def __init__(self, file: Path, document: Document, problems: list[Problem]) -> None:
        self.problems = problems
        lines = [
            f"{file.name}:{document.line(problem.path)}: {dotted(problem.path)}: "
            f"found {problem.found}; accepted: {problem.accepted}"
            for problem in problems
        ]
        count = f"{len(lines)} problem" + ("s" if len(lines) > 1 else "")
        super().__init__(f"{count} in {file.name}, nothing was written\n" + "\n".join(lines))


def load(root: Path, stage: str = DEFAULT_STAGE, region: str | None = None) -> Stage:
    """The configuration of ``stage`` from ``root``/monitoring.yml, complete.

    Raises:
        ConfigError: with every problem of the file, each with line, key path,
            what was found and what is accepted.
        InputError: ``region`` is none.
        StacksLockError: stacks.lock.yml cannot say which stack the functions are in.
    """
    if region is not None and not re.match(REGION, region):
        raise InputError(f"--region: found {region!r}; accepted: {PATTERN_WORDS[REGION]}")
    file = root / FILE_NAME
    document = documents.read(file)
    problems = list(document.problems)
    if document.data is None and problems:
        raise ConfigError(file, document, problems)

    monitoring: Monitoring | None = None
    try:
        monitoring = Monitoring.model_validate(document.data)
    except ValidationError as error:
        problems += [_problem(problem, document) for problem in error.errors()]
    # These read the plain data, so that they speak even where the types above are wrong.
    problems += _missing_handlers(document.data, root)
    problems += _reserved_names(document.data)
    problems += _long_names(document.data)
    problems += _alike_names(document.data)
    problems += suffix_problems(_mapping(document.data, "stages"))
    problems += _unknown_references(document.data, stage)
    if monitoring is not None and stage in monitoring.stages:
        stack_numbers, lists = read_lock(root), read_listed(root)
        attached = read_attached(root) if monitoring.attach else {}
        for name in monitoring.stages:
            resolved, contradictions = resolve(
                monitoring, name, root, region, stack_numbers, lists, attached
            )
            problems += [
                contradiction for contradiction in contradictions if contradiction not in problems
            ]
            if name == stage:
                result = resolved
        if not problems:
            return result
    raise ConfigError(file, document, problems)


def dotted(path: KeyPath) -> str:
    """``("functions", "orders", "timeout")`` -> ``functions.orders.timeout``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "(the file)"


def _problem(error: ErrorDetails, document: Document) -> Problem:
    path = tuple(part for part in error["loc"] if part != "[key]")
    found = _shown(error["input"])
    if error["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        close = difflib.get_close_matches(str(path[-1]), known, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        return Problem(path, "an unknown key", f"{', '.join(known)}{hint}")
    if error["type"] == "missing":
        return Problem(path, "nothing", "a value; the key is required")
    message = error["msg"].removeprefix("Value error, ")
    accepted = message.removeprefix("Input should be ").removeprefix("String should ")
    if error["type"] == "string_pattern_mismatch":
        accepted = PATTERN_WORDS[error["ctx"]["pattern"]]
    return Problem(path, found, accepted)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(path: KeyPath) -> list[str]:
    """The keys that monitoring.yml accepts at ``path``, by walking the model."""
    model: Any = Monitoring
    for part in path:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = next(
                (field for field in model.model_fields.values() if field.alias == part), None
            )
            model = field.annotation if field else None
        elif getattr(model, "__args__", None):  # dict[str, X] or list[X]
            model = model.__args__[-1]
        model = _without_none(model)
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [str(field.alias) for field in model.model_fields.values()]
    return []


def _without_none(annotation: Any) -> Any:
    arguments = getattr(annotation, "__args__", ())
    if type(None) in arguments:
        return next(argument for argument in arguments if argument is not type(None))
    return annotation


def _mapping(data: Any, key: str) -> dict[str, Any]:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def _missing_handlers(data: Any, root: Path) -> list[Problem]:
    problems = []
    for name, settings in _mapping(data, "functions").items():
        written = settings.get("handler") if isinstance(settings, dict) else None
        handler = written if isinstance(written, str) else DEFAULT_HANDLER
        if not re.match(HANDLER, handler):
            continue  # the model has said so
        module, _, attribute = handler.rpartition(".")
        path_of_module = root.joinpath("functions", str(name), *re.split(r"[/.]", module))
        file = path_of_module.with_name(f"{path_of_module.name}.py")
        if not file.is_file() and (path_of_module / "__init__.py").is_file():
            file = path_of_module / "__init__.py"
        shown = file.relative_to(root).as_posix()
        path: KeyPath = ("functions", str(name), *(("handler",) if written else ()))
        if not file.is_file():
            problems.append(Problem(path, f"no file {shown}", f"{shown} with {attribute}()"))
        elif not _defines(file, attribute):
            problems.append(Problem(path, f"no {attribute} in {shown}", f"a function {attribute}"))
    return problems


def _defines(file: Path, attribute: str) -> bool:
    """Whether the module has ``attribute`` as far as its text tells; a star import may bring it."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError):  # of a null byte, of text that is not UTF-8
        return False
    bound = _bound_names(tree)
    return attribute in bound or "*" in bound


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


def _reserved_names(data: Any) -> list[Problem]:
    """The stack has resources of its own; a user's function would take the names of theirs."""
    return [
        Problem(("functions", str(name)), repr(name), "a name other than the stack's own")
        for name in _mapping(data, "functions")
        if names.is_reserved(str(name))
    ]


def _alike_names(data: Any) -> list[Problem]:
    """IAM tells no role from another by upper and lower case, CloudFormation no ``sendDashmail``
    from a ``send-mail``.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    problems = []
    before: dict[str, str] = {}
    for name in map(str, _mapping(data, "functions")):
        spelled = (name.lower(), names.logical_id(name))
        first = next((before[spelling] for spelling in spelled if spelling in before), None)
        if first is not None:
            found = f"{name!r}, whose resources have the names of those of {first}"
            accepted = "a name that differs in letters or digits"
            problems.append(Problem(("functions", name), found, accepted))
        for spelling in spelled:
            before.setdefault(spelling, name)
    return problems


def _long_names(data: Any) -> list[Problem]:
    problems = []
    suffixes = [
        suffix_of(str(stage), settings)
        for stage, settings in _mapping(data, "stages").items()
        if settings is None or isinstance(settings, dict)
    ]
    longest = max(suffixes, key=len, default="")
    for name in _mapping(data, "functions"):
        for kind in ("function", "role"):
            deployed = getattr(names, kind)(str(name), longest)
            if len(deployed) > names.LIMITS[kind]:
                problems.append(
                    Problem(
                        ("functions", str(name)),
                        f"{kind} name {deployed}, {len(deployed)} characters",
                        f"at most {names.LIMITS[kind]}",
                    )
                )
                break
    return problems


def _unknown_references(data: Any, stage: str) -> list[Problem]:
    problems = []
    stages = _mapping(data, "stages")
    accepted = ", ".join(map(str, stages)) or "a stage declared under stages"
    if stage not in stages:
        problems.append(Problem(("stages",), f"no stage {stage!r}", accepted))
    functions = _mapping(data, "functions")
    for name, settings in stages.items():
        if settings is not None and not isinstance(settings, dict):
            continue
        for function in _mapping(settings or {}, "functions"):
            if function not in functions:
                problems.append(
                    Problem(
                        ("stages", str(name), "functions", str(function)),
                        "a function that is not declared",
                        nearest(str(function), [*map(str, functions)]),
                    )
                )
    for key in ("notifications", external.KEY, attachments.KEY):
        given = data.get(key) if isinstance(data, dict) else None
        for index, each in enumerate(given if isinstance(given, list) else []):
            wanted = each.get("stages") if isinstance(each, dict) else None
            for position, name in enumerate(wanted if isinstance(wanted, list) else []):
                if name not in stages:
                    path: KeyPath = (key, index, "stages", position)
                    problems.append(Problem(path, repr(name), accepted))
    return problems
