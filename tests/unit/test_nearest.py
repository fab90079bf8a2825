"""Messages name what was probably meant, not 1,500 names."""

import pytest

from tests.many_functions import KEY, project_of
from tocsin import config, findings
from tocsin.config.selection import UnknownFunction, selected
from tocsin.findings import Finding, Severity
from tocsin.nearest import first_of, nearest

MANY = [f"{KEY.format(number)}-latency-alarm-dev" for number in range(500)]


def test_a_few_names_are_all_told() -> None:
    assert nearest("x", ["b", "a"]) == "b, a"
    assert first_of(["b", "a"]) == "b, a"


def test_of_many_the_nearest_come_first_with_their_number() -> None:
    told = nearest("team-042-latncy-alarm-dev", MANY)
    assert told.startswith("team-")
    assert told.endswith(" (the nearest of 500)")
    assert told.count(",") == 4
    assert "team-042-latency-alarm-dev" in told


def test_of_many_that_are_all_unlike_some_are_told() -> None:
    assert nearest("?", MANY).startswith(MANY[0])


def test_an_unknown_function_of_many_is_told_the_nearest(tmp_path) -> None:
    stage = config.load(project_of(tmp_path / "p", 40), "dev")
    with pytest.raises(UnknownFunction, match=r"accepted: team-\d+, .* \(the nearest of 40\)"):
        selected(stage, "team-4")


def test_a_warning_about_many_names_the_first() -> None:
    found = [Finding(Severity.WARNING, "rule", name, "advice") for name in MANY]
    (line,) = findings.lines(found)
    assert line.startswith(f"warning: {MANY[0]}, ")
    assert line.endswith(f"{MANY[9]} and 490 more: advice [rule]")
