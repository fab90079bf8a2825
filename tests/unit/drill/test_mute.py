"""Alarms are muted while a drill brings them about, and not a moment less, or longer, than that."""

import datetime as dt
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from tests.conftest import DEMO
from tocsin import config, names
from tocsin.drill.mute import NotMuted, muted

NOW = dt.datetime(2026, 11, 28, 10, 0, 30, tzinfo=dt.UTC)


class CloudWatch:
    """Its mute rules by name; one is active at once, or never."""

    def __init__(self, *, active: bool = True, refuses_after: int = 99) -> None:
        self.rules: dict[str, dict] = {}
        self.put: list[list[str]] = []
        self._active, self._refuses_after = active, refuses_after

    def put_alarm_mute_rule(self, Name: str, MuteTargets: dict, **rule) -> None:
        if len(self.put) >= self._refuses_after:
            raise ClientError({"Error": {"Code": "LimitExceededFault"}}, "PutAlarmMuteRule")
        self.put.append(MuteTargets["AlarmNames"])
        self.rules[Name] = rule

    def get_alarm_mute_rule(self, AlarmMuteRuleName: str) -> dict:
        return {
            "Status": "ACTIVE" if self._active else "SCHEDULED",
            **self.rules[AlarmMuteRuleName],
        }

    def delete_alarm_mute_rule(self, AlarmMuteRuleName: str) -> None:
        self.rules.pop(AlarmMuteRuleName, None)


class Bench:
    """A stage whose alarms are in the ``states`` that a test gives them."""

    def __init__(self, client: CloudWatch) -> None:
        self.account = SimpleNamespace(client=lambda service: client)
        self.stage = config.load(DEMO, "prod")
        self.clock = SimpleNamespace(now=lambda: self.now, tick_s=15)
        self.now = NOW
        self.loud: set[str] = set()
        self.interrupted = False

    def let_pass(self) -> None:
        self.now += dt.timedelta(seconds=self.clock.tick_s)
        if self.interrupted:
            raise KeyboardInterrupt

    def in_state(self, state: str, names: list[str]) -> set[str]:
        assert state == "ALARM"
        return self.loud & set(names)


ALARMS = [f"a{number}-alarm-prod" for number in range(3)]


def test_the_rules_are_gone_when_nothing_is_left_to_tell() -> None:
    client = CloudWatch()
    with muted(Bench(client), ALARMS):
        (name,) = client.rules
        assert name.startswith(names.MUTE_RULE_PREFIX)
        assert sorted(client.put[0]) == ALARMS
    assert client.rules == {}


def test_they_stay_where_the_drill_left_an_alarm_that_would_tell_of_it() -> None:
    client = CloudWatch()
    bench = Bench(client)
    with muted(bench, ALARMS):
        bench.loud.add(ALARMS[1])
    assert len(client.rules) == 1


def test_what_was_in_alarm_before_keeps_no_rule() -> None:
    client = CloudWatch()
    bench = Bench(client)
    bench.loud.add(ALARMS[1])
    with muted(bench, ALARMS):
        pass
    assert client.rules == {}


def test_they_stay_where_the_drill_breaks_off() -> None:
    client = CloudWatch()
    with pytest.raises(KeyboardInterrupt), muted(Bench(client), ALARMS):
        raise KeyboardInterrupt
    assert len(client.rules) == 1


def test_nothing_is_brought_about_where_they_cannot_be_muted_and_nothing_stays() -> None:
    many = [f"a{number}-alarm-prod" for number in range(250)]
    client = CloudWatch(refuses_after=1)
    with pytest.raises(NotMuted, match="could not be muted"), muted(Bench(client), many):
        pytest.fail("the block ran, and the alarms told of it")
    assert client.put
    assert client.rules == {}


def test_rules_that_never_become_active_mute_nobody() -> None:
    client = CloudWatch(active=False)
    with pytest.raises(NotMuted), muted(Bench(client), ALARMS):
        pytest.fail("the block ran, and the alarms told of it")
    assert client.rules == {}


def test_who_interrupts_before_anything_was_brought_about_leaves_no_rule() -> None:
    client = CloudWatch(active=False)
    bench = Bench(client)
    bench.interrupted = True
    with pytest.raises(KeyboardInterrupt), muted(bench, ALARMS):
        pytest.fail("the block ran")
    assert client.put
    assert client.rules == {}


def test_no_rule_holds_more_alarms_than_one_may() -> None:
    many = [f"a{number}-alarm-prod" for number in range(250)]
    client = CloudWatch()
    with muted(Bench(client), many):
        assert [one for alarms in client.put for one in alarms] == many
        assert max(len(alarms) for alarms in client.put) <= 100
