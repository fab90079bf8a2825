"""Read monitoring.yml for one stage, or raise every error in it at once."""

import difflib
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from tocsin import names
from tocsin.config import attachments, external, function_keys, function_names, handlers
from tocsin.config import document as documents
from tocsin.config.attached_lock import read_attached
from tocsin.config.document import Document, KeyPath, Problem, mapping_at
from tocsin.config.external_lock import read_listed
from tocsin.config.field_types import PATTERN_WORDS, REGION
from tocsin.config.model import Monitoring
from tocsin.config.resolve import resolve
from tocsin.config.resolved_stage import Stage
from tocsin.config.stacks_lock import read_lock
from tocsin.config.suffixes import suffix_problems
from tocsin.exceptions import InputError
from tocsin.names import DEFAULT_STAGE
from tocsin.nearest import nearest
from tocsin.project_folder import MONITORING
from tocsin.strict_model import accepted_words, shown

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
    problems += handlers.problems(document.data, root)
    problems += function_keys.problems(document.data)
    problems += _reserved_names(document.data)
    problems += function_names.problems(document.data)
    problems += _alike_names(document.data)
    problems += suffix_problems(mapping_at(document.data, "stages"))
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
    if error["type"] == "extra_forbidden":
        known = _known_keys(path[:-1])
        close = difflib.get_close_matches(str(path[-1]), known, n=1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        return Problem(path, "an unknown key", f"{', '.join(known)}{hint}")
    if error["type"] == "missing":
        return Problem(path, "nothing", "a value; the key is required")
    accepted = accepted_words(error["type"], error["msg"])
    if error["type"] == "string_pattern_mismatch":
        accepted = PATTERN_WORDS[error["ctx"]["pattern"]]
    return Problem(path, shown(error["input"]), accepted)


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


def _reserved_names(data: Any) -> list[Problem]:
    """The stack has resources of its own; a user's function would take the names of theirs."""
    return [
        Problem(("functions", str(name)), repr(name), "a name other than the stack's own")
        for name in mapping_at(data, "functions")
        if names.is_reserved(str(name))
    ]


def _alike_names(data: Any) -> list[Problem]:
    """IAM tells no role from another by upper and lower case, CloudFormation no ``sendDashmail``
    from a ``send-mail``.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """
    problems = []
    before: dict[str, str] = {}
    for name in map(str, mapping_at(data, "functions")):
        spelled = (name.lower(), names.logical_id(name))
        first = next((before[spelling] for spelling in spelled if spelling in before), None)
        if first is not None:
            found = f"{name!r}, whose resources have the names of those of {first}"
            accepted = "a name that differs in letters or digits"
            problems.append(Problem(("functions", name), found, accepted))
        for spelling in spelled:
            before.setdefault(spelling, name)
    return problems


def _unknown_references(data: Any, stage: str) -> list[Problem]:
    problems = []
    stages = mapping_at(data, "stages")
    accepted = ", ".join(map(str, stages)) or "a stage declared under stages"
    if stage not in stages:
        problems.append(Problem(("stages",), f"no stage {stage!r}", accepted))
    functions = mapping_at(data, "functions")
    for name, settings in stages.items():
        if settings is not None and not isinstance(settings, dict):
            continue
        for function in mapping_at(settings or {}, "functions"):
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
        for index, entry in enumerate(given if isinstance(given, list) else []):
            wanted = entry.get("stages") if isinstance(entry, dict) else None
            for position, name in enumerate(wanted if isinstance(wanted, list) else []):
                if name not in stages:
                    path: KeyPath = (key, index, "stages", position)
                    problems.append(Problem(path, repr(name), accepted))
    return problems
