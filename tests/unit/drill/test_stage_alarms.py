"""How long the drill waits for alarms, and which state of the page is so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.cloudwatch import evaluation_range
from tocsin.drill.aftermath import sight_s
from tocsin.drill.stage_alarms import patience, set_right, sight
from tocsin.names import DRILL_REASON

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def alarm(period: int, needed: int, of: int, **others: Any) -> dict[str, Any]:
    return {"Period": period, "DatapointsToAlarm": needed, "EvaluationPeriods": of, **others}


def math(period: int, needed: int, of: int) -> dict[str, Any]:
    """As an alarm on metric math is described: the period stands with its metrics."""
    stat = {"Id": "errors", "MetricStat": {"Period": period}}
    queries = [{"Id": "rate", "Expression": "errors"}, stat]
    return {"Metrics": queries, "DatapointsToAlarm": needed, "EvaluationPeriods": of}


@pytest.mark.parametrize("made", [alarm, math])
def test_the_slowest_alarm_that_a_drill_can_change_is_waited_for(made: Any) -> None:
    quick, slow = made(MINUTE, 2, 2), made(15 * MINUTE, 2, 3)
    assert patience([quick]) < patience([slow]) == patience([quick, slow])
    assert patience([slow]) >= 3 * 15 * MINUTE


@pytest.mark.parametrize("made", [alarm, math])
def test_an_alarm_of_a_daily_function_is_not(made: Any) -> None:
    """It fires on three days of failures, which no drill has brought about."""
    quick, daily, weekly = made(MINUTE, 2, 2), made(DAY, 3, 4), made(56 * HOUR, 2, 3)
    assert patience([daily, weekly]) == 0
    assert patience([quick, daily, weekly]) == patience([quick])


@pytest.mark.parametrize("made", [alarm, math])
def test_what_several_drills_in_a_row_may_bring_about_is_seen_for_so_long(made: Any) -> None:
    quick, slow, hourly = made(MINUTE, 2, 2), made(25 * MINUTE, 3, 4), made(HOUR, 3, 4)
    assert sight([]) == 0
    assert sight([quick]) == sight_s(2, MINUTE)
    assert sight([quick, slow, hourly]) == sight_s(4, 25 * MINUTE)
    # A single one does not.
    assert patience([slow]) == 0


def test_one_that_tells_of_the_last_run_alone_is() -> None:
    assert patience([alarm(20 * MINUTE, 1, 1)]) > 20 * MINUTE
    assert patience([alarm(HOUR, 1, 1)]) > HOUR


@pytest.mark.parametrize(("period", "of"), [(MINUTE, 1), (MINUTE, 3), (15 * MINUTE, 3)])
def test_an_alarm_has_forgotten_a_failure_when_its_range_has_passed(period: int, of: int) -> None:
    assert patience([alarm(period, 1, of)]) > evaluation_range(of, period) * period


def test_without_datapoints_to_alarm_all_periods_count() -> None:
    assert patience([{"Period": HOUR, "EvaluationPeriods": 2}]) == 0
    assert patience([{"Period": MINUTE, "EvaluationPeriods": 2}]) > 2 * MINUTE


PAGE, CHILD = "health-alarm-dev", "orders-health-alarm-dev"


@dataclass
class Alarms:
    """The page over one alarm, as a bench describes them; takes SetAlarmState.

    Without ``child`` the alarm is not there.
    """

    child: str
    page: str
    reason: str
    stage: Any = field(default_factory=lambda: config.load(DEMO, "dev"))
    set_to: list[str] = field(default_factory=list)

    @property
    def account(self) -> "Alarms":
        return self

    def client(self, service: str) -> "Alarms":
        assert service == "cloudwatch"
        return self

    def states(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        rule = {"AlarmName": PAGE, "AlarmRule": f'ALARM("{CHILD}")', "StateReason": self.reason}
        known = {PAGE: {**rule, "StateValue": self.page}}
        if self.child:
            known[CHILD] = {"StateValue": self.child}
        return {name: known[name] for name in names if name in known}

    def set_alarm_state(self, *, AlarmName: str, StateValue: str, StateReason: str) -> None:
        assert (AlarmName, StateReason.startswith(DRILL_REASON)) == (PAGE, True)
        self.set_to.append(StateValue)


@pytest.mark.parametrize(
    ("child", "page", "reason", "set_to"),
    [
        ("ALARM", "OK", f"{DRILL_REASON}: wiring", ["ALARM"]),
        ("OK", "ALARM", f"{DRILL_REASON}: wiring", ["OK"]),
        ("OK", "OK", f"{DRILL_REASON}: wiring", []),
        ("ALARM", "OK", "somebody else's doing", []),
        ("", "ALARM", f"{DRILL_REASON}: wiring", []),
    ],
)
def test_a_page_that_a_killed_drill_left_wrong_is_set_as_its_rule_says(
    child: str, page: str, reason: str, set_to: list[str]
) -> None:
    alarms: Any = Alarms(child, page, reason)
    set_right(alarms)
    assert alarms.set_to == set_to
