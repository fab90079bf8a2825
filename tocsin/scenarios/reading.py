"""Scenario files to typed scenarios, or every problem of a file at once."""

import re
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tocsin.config import document as documents
from tocsin.config.document import Document, Problem
from tocsin.config.load import dotted
from tocsin.exceptions import InputError
from tocsin.nearest import nearest
from tocsin.scenarios.loading import Alarms
from tocsin.scenarios.model import Scenario, ScenarioFile

PLACEHOLDER = "{suffix}"


class ScenarioError(InputError):
    """A scenario file is wrong; the message has one line per problem."""

    def __init__(self, file: Path, document: Document, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(
            "\n".join(
                f"{file}:{document.line(each.path)}: {dotted(each.path)}: "
                f"found {each.found}; accepted: {each.accepted}"
                for each in problems
            )
        )


def read(file: Path, alarms: Alarms) -> list[Scenario]:
    """The scenarios of ``file``, with ``{suffix}`` as in the names of ``alarms``.

    Raises:
        ScenarioError: with every problem of the file.
    """
    document = documents.read(file)
    problems = list(document.problems)
    if not problems:
        suffix = _suffix(document.data, alarms)
        data = document.data if suffix is None else _replaced(document.data, suffix)
        try:
            scenarios = ScenarioFile.model_validate(data).scenarios
        except ValidationError as error:
            problems += [_problem(dict(each)) for each in error.errors()]
        else:
            problems += _unknown_alarms(scenarios, alarms)
            problems += _unknown_functions(scenarios, alarms)
    if problems:
        raise ScenarioError(file, document, problems)
    return scenarios


def _suffix(data: Any, alarms: Alarms) -> str | None:
    """The one text that turns every name with the placeholder into an alarm or function."""
    common: set[str] | None = None
    known = (*alarms.names, *_functions(alarms))
    for pattern in _patterns(data):
        before, _, after = pattern.partition(PLACEHOLDER)
        expression = re.compile(re.escape(before) + "(.+)" + re.escape(after))
        found = {match[1] for name in known if (match := expression.fullmatch(name))}
        common = found if common is None else common & found or common
    return min(common, key=len) if common else None


def _functions(alarms: Alarms) -> tuple[str, ...]:
    return tuple(alarms.surroundings.functions) if alarms.surroundings else ()


def _patterns(data: Any) -> list[str]:
    if isinstance(data, dict):
        own = [data.get("alarm"), data.get("function")]
        mine = [each for each in own if isinstance(each, str) and PLACEHOLDER in each]
        return mine + [text for each in data.values() for text in _patterns(each)]
    if isinstance(data, list):
        return [text for each in data for text in _patterns(each)]
    return []


def _replaced(data: Any, suffix: str) -> Any:
    if isinstance(data, dict):
        return {key: _replaced(value, suffix) for key, value in data.items()}
    if isinstance(data, list):
        return [_replaced(each, suffix) for each in data]
    return data.replace(PLACEHOLDER, suffix) if isinstance(data, str) else data


def _unknown_alarms(scenarios: list[Scenario], alarms: Alarms) -> list[Problem]:
    return [
        Problem(
            ("scenarios", index, "expect", position, "alarm"),
            repr(each.alarm),
            nearest(each.alarm, alarms.names) or "an alarm; there is none",
        )
        for index, scenario in enumerate(scenarios)
        for position, each in enumerate(scenario.expect)
        if alarms.find(each.alarm) is None
    ]


def _unknown_functions(scenarios: list[Scenario], alarms: Alarms) -> list[Problem]:
    """Calls of a function that is not there would leave every alarm silent, and `never` true."""
    known = _functions(alarms)
    return [
        Problem(
            ("scenarios", index, "inputs", position, "function"),
            repr(each.function),
            nearest(each.function, known),
        )
        for index, scenario in enumerate(scenarios)
        for position, each in enumerate(scenario.inputs)
        if known and each.function is not None and each.function not in known
    ]


def _problem(error: dict[str, Any]) -> Problem:
    path = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return Problem(path, "an unknown key", "the keys shown in docs/scenarios.md")
    if error["type"] == "missing":
        return Problem(path, "nothing", "a value; the key is required")
    found = repr(error["input"])
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return Problem(path, found if len(found) <= 60 else found[:57] + "...", message)
