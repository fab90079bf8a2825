"""Which of a function's alarms a drill makes fire."""

import pytest

from tests.conftest import PROJECTS
from tocsin import config
from tocsin.config.selection import selected
from tocsin.drill.context import Subject


@pytest.mark.parametrize(
    ("key", "quickest", "fired"),
    [
        ("quick", "error-rate", "error-rate"),
        ("uploads", "error-rate", "error-rate"),
        ("nightly", "error-rate-last-run", "error-rate-last-run"),
        # Three runs of four, each an hour: nobody waits for that.
        ("hourly", "error-rate", None),
    ],
)
def test_the_alarm_that_fires_first_is_drilled_unless_that_takes_hours(
    key: str, quickest: str, fired: str | None
) -> None:
    stage = config.load(PROJECTS / "cadences", "dev")
    (function,) = selected(stage, key)
    subject = Subject(function, function.alarm_definitions(stage.suffix, stage.name))
    first, drilled = subject.quickest("error-rate"), subject.fired("error-rate")
    assert first is not None
    assert first.variant == quickest
    assert (drilled.variant if drilled else None) == fired


def test_of_a_disabled_kind_there_is_none() -> None:
    stage = config.load(PROJECTS / "cadences", "dev")
    (function,) = selected(stage, "quick")
    subject = Subject(function, ())
    assert subject.quickest("error-rate") is None
    assert subject.fired("error-rate") is None
