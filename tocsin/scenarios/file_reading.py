"""Scenario files to typed scenarios, or every problem of a file at once."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tocsin.config import document as documents
from tocsin.config.document import Document, KeyPath, Problem
from tocsin.config.load import dotted
from tocsin.exceptions import InputError
from tocsin.scenarios.loading import LoadedAlarms
from tocsin.scenarios.model import Scenario, ScenarioFile
from tocsin.strict_model import accepted_words, shown

PLACEHOLDER = "{suffix}"


class ScenarioError(InputError):
    """A scenario file is wrong; the message has one line per problem."""

    def __init__(self, file: Path, document: Document, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(
            "\n".join(
                f"{file}:{document.line(problem.path)}: {dotted(problem.path)}: "
                f"found {problem.found}; accepted: {problem.accepted}"
                for problem in problems
            )
        )


@dataclass(frozen=True)
class Skipped:
    """What was left out of a file, for it names alarms or functions that there are not.

    ``names`` are those, each once; ``line`` is the first one's. ``count`` scenarios of ``total``
    name one and say nothing of the alarms that there are.
    """

    file: str
    line: int
    names: tuple[str, ...]
    count: int
    total: int


def read(
    file: Path, alarms: LoadedAlarms, suffix: str | None = None
) -> tuple[list[Scenario], Skipped | None]:
    """The scenarios of ``file``, with ``{suffix}`` as given, or as in the names of ``alarms``.

    A function may go, or have an alarm switched off, while a scenario still names it: such a
    scenario is left out and told of. Calls of a function that is not there would leave every alarm
    silent, and `never` true.

    Raises:
        ScenarioError: with every problem of the file.
    """
    document = documents.read(file)
    problems = list(document.problems)
    if not problems:
        suffix = suffix or _suffix(document.data, alarms)
        data = document.data if suffix is None else _replaced(document.data, suffix)
        try:
            scenarios = ScenarioFile.model_validate(data).scenarios
        except ValidationError as error:
            problems += [_problem(dict(problem)) for problem in error.errors()]
        else:
            absent = [
                list(_absent(index, scenarios[index], alarms)) for index in range(len(scenarios))
            ]
    if problems:
        raise ScenarioError(file, document, problems)
    missing = [name for several in absent for name in several]
    if not missing:
        return scenarios, None
    names = tuple(dict.fromkeys(name for _, name in missing))
    count = sum(bool(several) for several in absent)
    skipped = Skipped(str(file), document.line(missing[0][0]), names, count, len(scenarios))
    run = [scenario for scenario, several in zip(scenarios, absent, strict=True) if not several]
    return run, skipped


def _suffix(data: Any, alarms: LoadedAlarms) -> str | None:
    """The one text that turns every name with the placeholder into an alarm or function."""
    common: set[str] | None = None
    known = (*alarms.names, *_functions(alarms))
    for pattern in _patterns(data):
        before, _, after = pattern.partition(PLACEHOLDER)
        expression = re.compile(re.escape(before) + "(.+)" + re.escape(after))
        found = {match[1] for name in known if (match := expression.fullmatch(name))}
        # What is gone, wherever it stands in the file, says nothing of the stage.
        common = found if not common else common & found or common
    return min(common, key=len) if common else None


def _functions(alarms: LoadedAlarms) -> tuple[str, ...]:
    return tuple(alarms.surroundings.functions) if alarms.surroundings else ()


def _patterns(data: Any) -> list[str]:
    if isinstance(data, dict):
        own = [data.get("alarm"), data.get("function")]
        mine = [text for text in own if isinstance(text, str) and PLACEHOLDER in text]
        return mine + [text for value in data.values() for text in _patterns(value)]
    if isinstance(data, list):
        return [text for item in data for text in _patterns(item)]
    return []


def _replaced(data: Any, suffix: str) -> Any:
    if isinstance(data, dict):
        return {key: _replaced(value, suffix) for key, value in data.items()}
    if isinstance(data, list):
        return [_replaced(item, suffix) for item in data]
    return data.replace(PLACEHOLDER, suffix) if isinstance(data, str) else data


def _absent(index: int, scenario: Scenario, alarms: LoadedAlarms) -> Iterator[tuple[KeyPath, str]]:
    """Place and name of each function and alarm of a scenario that there is not."""
    path: KeyPath = ("scenarios", index)
    known = _functions(alarms)
    for position, given in enumerate(scenario.inputs):
        if known and given.function is not None and given.function not in known:
            yield (*path, "inputs", position, "function"), given.function
    for position, expectation in enumerate(scenario.expect):
        if alarms.find(expectation.alarm) is None:
            yield (*path, "expect", position, "alarm"), expectation.alarm


def _problem(error: dict[str, Any]) -> Problem:
    path = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return Problem(path, "an unknown key", "the keys shown in docs/scenarios.md")
    if error["type"] == "missing":
        return Problem(path, "nothing", "a value; the key is required")
    return Problem(path, shown(error["input"]), accepted_words(error["type"], str(error["msg"])))
