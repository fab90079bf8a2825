"""Nobody is told of a drill: while it runs, after it, nor after one that was killed at any moment.

In simulated time, on the shipped alarms, whoever else calls the function and how often.
"""

from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest

from tests.conftest import PROJECTS, copy_project, read_yaml, seldom, some
from tests.unit.drill.simulated_stage import SimulatedStage
from tocsin import config
from tocsin.cloudformation.template import Template
from tocsin.drill import calm, mute
from tocsin.drill.quiet import Quiet
from tocsin.drill.resource_tags import HOLDER_TAG
from tocsin.packaging.render import rendered


class Killed(BaseException):
    """In place of SIGKILL: no code of the drill runs after it."""


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """A stage and its template, alarms as osls takes them over."""
    root = copy_project(tmp_path_factory.mktemp("quiet") / "p", PROJECTS / "cadences")
    stage = config.load(root, "dev")
    return stage, Template(read_yaml(rendered(root, stage))["resources"])


@pytest.fixture
def stage_of(shipped, monkeypatch):
    """Makes a stage of one function; each of its drills is another process."""

    def made(function: str, a_minute: float, seed: int = 1) -> SimulatedStage:
        stage = SimulatedStage(*shipped, [function], seed)
        stage.a_minute = a_minute
        monkeypatch.setattr(mute, "tags", lambda _: {HOLDER_TAG: str(stage.holder)})
        monkeypatch.setattr(
            mute, "is_over", lambda given, _: given[HOLDER_TAG] != str(stage.holder)
        )
        monkeypatch.setattr(calm, "relieve", stage.relieve)
        stage.let_pass(1_800)
        return stage

    return made


def drill(stage: SimulatedStage, killed_after: int | None = None) -> bool:
    """Its failures minute by minute until the alarm is in ALARM; good calls; then it waits for OK.

    It is killed when so many minutes have passed since its first failure, or before it (-1).
    Whether it was: it may be over by then.
    """
    stage.holder += 1
    (subject,) = stage.subjects
    name = subject.function.name
    quickest = subject.quickest("error-rate")
    assert quickest is not None
    passed = 0

    def minute() -> None:
        nonlocal passed
        if passed == killed_after:
            raise Killed
        stage.let_pass(60)
        passed += 1

    quiet = Quiet(stage.bench, None, stage.subjects, [subject.function])  # type: ignore[arg-type]
    try:
        with quiet.pages():
            with quiet.alarms():
                if killed_after == -1:
                    raise Killed
                failures = 3  # a time-out, a call out of memory, an exit
                stage.call(name, failing=failures)
                for _ in range(12):
                    stage.call(name, failing=2)
                    failures += 2
                    minute()
                    if quickest.name in stage.in_alarm():
                        break
                stage.call(name, good=4 * failures)
                for _ in range(12):
                    if quickest.name not in stage.in_alarm():
                        break
                    stage.call(name, good=1)
                    minute()
            minute()
    except Killed:
        return True
    return False


def hours_pass(stage: SimulatedStage, hours: int = 4) -> None:
    """In which somebody calls at least now and then."""
    (subject,) = stage.subjects
    for _ in range(hours * 4):
        stage.call(subject.function.name, good=1)
        stage.let_pass(900)


FUNCTIONS = ("quick", "uploads", "longest")
A_MINUTE = (5, 0, 0.2, 1, 12, 20, 60, 1_200)
MOMENTS = (4, -1, 0, 1, 2, 7, 11)


def table(*values: Iterable[object], one_of: int) -> list[Any]:
    """Each of ``values`` with each; all in the deep suite.

    Else a few that are spread over them, and the first in `test-unit`.
    """
    rows = some(list(product(*values)), one_of)
    return seldom(rows, len(rows))


@pytest.mark.parametrize(("function", "a_minute"), table(FUNCTIONS, A_MINUTE, one_of=10))
def test_a_drill_that_ends_tells_nobody_and_leaves_nothing(stage_of, function, a_minute) -> None:
    stage = stage_of(function, a_minute)
    drill(stage)
    assert stage.rules() == {}
    hours_pass(stage)
    assert stage.told == []


@pytest.mark.parametrize(
    ("function", "a_minute", "moment"), table(FUNCTIONS, A_MINUTE, MOMENTS, one_of=25)
)
def test_one_that_is_killed_tells_nobody_though_none_follows(
    stage_of, function, a_minute, moment
) -> None:
    stage = stage_of(function, a_minute)
    killed = drill(stage, moment)
    assert set(stage.rules().values()) == ({"ACTIVE"} if killed else set())
    hours_pass(stage)
    assert stage.told == []
    assert set(stage.rules().values()) == ({"EXPIRED"} if killed else set())


@pytest.mark.parametrize(
    ("function", "a_minute", "seed"),
    table(FUNCTIONS, A_MINUTE, range(3), one_of=29),
)
def test_several_that_are_killed_in_a_row_tell_nobody_nor_does_the_next(
    stage_of, function, a_minute, seed
) -> None:
    stage = stage_of(function, a_minute, seed)
    for _ in range(stage.chance.randint(1, 6)):
        drill(stage, stage.chance.choice(MOMENTS))
        stage.let_pass(60 * stage.chance.choice((0, 1, 5, 20)))
    drill(stage)
    assert stage.rules() == {}
    hours_pass(stage)
    assert stage.told == []


def test_what_fails_by_itself_is_told_when_the_rules_of_a_killed_drill_end(stage_of) -> None:
    stage = stage_of("quick", 5)
    drill(stage, 4)
    (subject,) = stage.subjects
    minutes = 0
    while not stage.told and minutes < 240:
        stage.call(subject.function.name, failing=5)
        stage.let_pass(60)
        minutes += 1
    # An hour that a drill may go on, and as far as the alarm over 15 minutes looks back.
    assert 60 < minutes < 60 + 5 * 15 + 10


def test_where_nobody_calls_any_more_a_killed_drill_is_told_of_once_when_its_rules_end(
    stage_of,
) -> None:
    """What docs/drill.md says of it: nothing but a call brings such an alarm back."""
    stage = stage_of("quick", 0)
    assert drill(stage, 1)
    stage.let_pass(60 * 130)
    assert stage.told == []
    stage.let_pass(60 * 60)
    assert {state for _, state in stage.told} == {"ALARM"}
    assert len(set(stage.told)) == len(stage.told)
