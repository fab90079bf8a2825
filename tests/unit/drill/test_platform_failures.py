"""A time-out, a full memory and an exit are made where their record could come, and only there."""

import pytest

from tocsin.config import ExternalFunction
from tocsin.config.drill_settings import DrillEvents
from tocsin.drill.checks import Kind, Link, Result
from tocsin.drill.context import Subject
from tocsin.drill.platform_failures import PLATFORM, Calls, platform_failure


class NothingIsAsked:
    """In place of what calls functions and says how they are made to fail."""

    def __getattr__(self, name: str) -> None:
        raise AssertionError(f"{name} is asked of a function that is not to be called")


@pytest.mark.parametrize("kind", PLATFORM)
def test_a_function_without_a_log_group_is_not_called_for_it(kind: Kind) -> None:
    """Nothing reads its log before the next deploy: a record that is missing shows nothing."""
    function = ExternalFunction(
        key="report", name="report", timeout=3, drill=DrillEvents(), alarm_settings={},
        has_log_group=False,
    )  # fmt: skip
    calls = Calls(1)
    nothing = NothingIsAsked()
    (check,) = platform_failure(nothing, nothing, Subject(function, ()), kind, calls)
    assert (check.link, check.result) == (Link.RECORDED, Result.NOT_SHOWN)
    assert "deploy again" in check.detail
    calls.wait()
