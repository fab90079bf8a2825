"""Alarms are muted while a drill brings them about, and not a moment less, or longer, than that."""

import datetime as dt
from collections.abc import Sequence
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import DEMO
from tocsin import config, names
from tocsin.drill.context import Bench as DrillBench
from tocsin.drill.mute import NotMuted, clear_rules, muted, muted_by
from tocsin.drill.probe import Probe
from tocsin.drill.resource_tags import EXPIRES_TAG, tags
from tocsin.drill.topics import Topics

NOW = dt.datetime(2026, 11, 28, 10, 0, 30, tzinfo=dt.UTC)


class CloudWatch:
    """Its mute rules by name; one is active at once, or never."""

    def __init__(self, *, active: bool = True, refuses_after: int = 99) -> None:
        self.rules: dict[str, dict] = {}
        self.put: list[list[str]] = []
        self.listing_fails = False
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

    def list_alarm_mute_rules(self, **_: Any) -> dict[str, Any]:
        if self.listing_fails:
            raise ClientError({"Error": {"Code": "InternalServiceFault"}}, "ListAlarmMuteRules")
        return {
            "AlarmMuteRuleSummaries": [
                {"AlarmMuteRuleArn": f"arn:aws:cloudwatch:::alarm-mute-rule:{name}"}
                for name in self.rules
            ]
        }

    def list_tags_for_resource(self, ResourceARN: str) -> dict[str, Any]:
        return {"Tags": self.rules[ResourceARN.rpartition(":")[2]]["Tags"]}


class Bench:
    """A stage whose alarms are in the ``states`` that a test gives them."""

    def __init__(self, client: CloudWatch) -> None:
        self.account = SimpleNamespace(client=lambda service: client)
        self.stage = config.load(DEMO, "prod")
        self.clock = SimpleNamespace(now=lambda: self.now, tick_s=15)
        self.now = NOW
        self.loud: set[str] = set()
        self.interrupted = False
        self.meanwhile = nullcontext

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
        schedule = client.rules[name]["Rule"]["Schedule"]
        assert schedule["Expression"] == "at(2026-11-28T10:01)", "no moment that is over"
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


@pytest.mark.parametrize("listing_fails", [False, True])
def test_they_stay_for_what_a_drill_that_was_killed_has_left_in_alarm(listing_fails: bool) -> None:
    """It was in ALARM before, and so it is not known to be anything but that drill's doing."""
    client = CloudWatch()
    bench = Bench(client)
    bench.loud.add(ALARMS[1])
    over = tags(bench.stage) | {EXPIRES_TAG: "0"}
    left = f"{names.MUTE_RULE_PREFIX}killed-prod"
    client.rules[left] = {"Tags": [{"Key": key, "Value": value} for key, value in over.items()]}
    client.listing_fails = listing_fails
    with muted(bench, ALARMS):
        pass
    assert len(client.rules) == 2
    client.rules.clear()
    bench.loud.clear()
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


class Turning:
    """A stage's clock that is turned."""

    tick_s = 60

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> dt.datetime:
        return self.at

    def let_pass(self, seconds: int) -> None:
        self.at += dt.timedelta(seconds=seconds)


class Long(CloudWatch):
    """Rules that are over when the clock says so; no alarm is loud."""

    def __init__(self, clock: Turning, *, refuses_after: int = 99) -> None:
        super().__init__(refuses_after=refuses_after)
        self._clock = clock

    def muting(self) -> list[str]:
        """What is active now."""
        active = []
        for name, rule in self.rules.items():
            schedule = rule["Rule"]["Schedule"]
            begin = dt.datetime.fromisoformat(schedule["Expression"][3:-1]).replace(tzinfo=dt.UTC)
            minutes = int(schedule["Duration"].removeprefix("PT").removesuffix("M"))
            if begin <= self._clock.now() < begin + dt.timedelta(minutes=minutes):
                active.append(name)
        return active

    def get_alarm_mute_rule(self, AlarmMuteRuleName: str) -> dict:
        return {"Status": "ACTIVE" if AlarmMuteRuleName in self.muting() else "SCHEDULED"}

    def describe_alarms(self, **_: Any) -> dict[str, Any]:
        return {}


def on_a_clock(clock: Turning, client: CloudWatch) -> DrillBench:
    account: Any = SimpleNamespace(client=lambda service: client)
    turned: Any = clock
    stage = config.load(DEMO, "prod")
    return DrillBench(account, stage, Topics("", ""), turned, Probe(account, ""))


def test_a_drill_of_a_day_is_muted_all_the_while_and_leaves_nothing() -> None:
    clock = Turning()
    client = Long(clock)
    bench = on_a_clock(clock, client)
    with muted(bench, ALARMS):
        for _ in range(24 * 12):
            bench.let_pass(300)
            assert client.muting()
    assert client.rules == {}


def test_a_drill_ends_before_others_are_told_where_its_rules_cannot_be_renewed() -> None:
    clock = Turning()
    client = Long(clock, refuses_after=1)
    bench = on_a_clock(clock, client)

    def goes_on() -> None:
        with muted(bench, ALARMS):
            while client.muting():
                bench.let_pass(300)

    with pytest.raises(NotMuted, match="longer"):
        goes_on()
    assert client.muting()


SIGHT = dt.timedelta(minutes=77)


def muted_until(client: Long) -> dt.datetime:
    """The end of the rule that ends last."""
    ends = []
    for rule in client.rules.values():
        schedule = rule["Rule"]["Schedule"]
        begin = dt.datetime.fromisoformat(schedule["Expression"][3:-1]).replace(tzinfo=dt.UTC)
        minutes = int(schedule["Duration"].removeprefix("PT").removesuffix("M"))
        ends.append(begin + dt.timedelta(minutes=minutes))
    return max(ends)


def test_whenever_a_drill_is_killed_its_rules_outlast_what_alarms_see_of_it() -> None:
    clock = Turning()
    client = Long(clock)
    bench = on_a_clock(clock, client)
    with muted(bench, ALARMS, int(SIGHT.total_seconds())):
        for _ in range(24 * 12):
            bench.let_pass(300)
            assert SIGHT < muted_until(client) - clock.now() <= SIGHT + dt.timedelta(minutes=61)


def test_nothing_more_is_done_where_rules_cannot_be_renewed_that_outlast_it() -> None:
    clock = Turning()
    client = Long(clock, refuses_after=1)
    bench = on_a_clock(clock, client)

    def goes_on() -> None:
        with muted(bench, ALARMS, int(SIGHT.total_seconds())):
            while True:
                bench.let_pass(300)

    with pytest.raises(NotMuted, match="longer"):
        goes_on()
    assert SIGHT < muted_until(client) - clock.now() < SIGHT + dt.timedelta(minutes=10)


@pytest.mark.parametrize("renewed", [False, True])
def test_a_drill_that_ends_while_alarms_may_tell_of_it_mutes_them_until_they_will_not(
    renewed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Turning()
    client = Long(clock)
    bench = on_a_clock(clock, client)
    with muted(bench, ALARMS, int(SIGHT.total_seconds()), may_go=lambda: False):
        for _ in range(9 if renewed else 2):
            bench.let_pass(300)
    assert len(client.rules) == (2 if renewed else 1)
    left = muted_until(client) - clock.now()
    assert SIGHT <= left <= SIGHT + dt.timedelta(minutes=1)
    assert client.muting()
    assert f"3 alarms stay muted until {muted_until(client):%Y-%m-%dT%H:%MZ}" in (
        capsys.readouterr().err
    )


def test_a_rule_that_aws_does_not_change_ends_as_it_was_made_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Turning()
    client = Long(clock, refuses_after=1)
    bench = on_a_clock(clock, client)
    with muted(bench, ALARMS, int(SIGHT.total_seconds()), may_go=lambda: False):
        bench.let_pass(300)
    assert muted_until(client) - clock.now() > SIGHT + dt.timedelta(minutes=50)
    assert f"stay muted until {muted_until(client):%Y-%m-%dT%H:%MZ}" in capsys.readouterr().err


class Rules:
    """Mute rules by name with their tags, listed one a page.

    One is ``EXPIRED`` where its tags say so, and mutes the alarms that they name.
    """

    def __init__(self, **rules: dict[str, str]) -> None:
        self.rules = {name.replace("_", "-"): given for name, given in rules.items()}

    def get_alarm_mute_rule(self, AlarmMuteRuleName: str) -> dict[str, Any]:
        alarms = self.rules[AlarmMuteRuleName].get("alarms", "").split()
        return {"MuteTargets": {"AlarmNames": alarms}}

    def client(self, service: str) -> "Rules":
        assert service == "cloudwatch"
        return self

    def list_alarm_mute_rules(
        self, NextToken: str = "0", Statuses: Sequence[str] = (), **_: Any
    ) -> dict[str, Any]:
        names = [
            name
            for name, given in self.rules.items()
            if not Statuses or given.get("status", "ACTIVE") in Statuses
        ]
        place = int(NextToken)
        if not names:
            return {"AlarmMuteRuleSummaries": []}
        found = [{"AlarmMuteRuleArn": f"arn:aws:cloudwatch:::alarm-mute-rule:{names[place]}"}]
        more = {"NextToken": str(place + 1)} if place + 1 < len(names) else {}
        return {"AlarmMuteRuleSummaries": found, **more}

    def list_tags_for_resource(self, ResourceARN: str) -> dict[str, Any]:
        given = self.rules[ResourceARN.rpartition(":")[2]]
        return {"Tags": [{"Key": key, "Value": value} for key, value in given.items()]}

    def delete_alarm_mute_rule(self, AlarmMuteRuleName: str) -> None:
        del self.rules[AlarmMuteRuleName]


def test_rules_of_drills_that_are_over_are_cleared_and_no_others() -> None:
    stage = config.load(DEMO, "prod")
    now = tags(stage)
    over = now | OVER
    account: Any = Rules(
        drill_mute_1_prod=over,
        drill_mute_2_prod=now,
        drill_mute_3_dev=over,
        ours_4_prod=over,
        drill_mute_5_prod=over,
    )
    assert clear_rules(account, stage) == ["drill-mute-1-prod", "drill-mute-5-prod"]
    assert list(account.rules) == ["drill-mute-2-prod", "drill-mute-3-dev", "ours-4-prod"]


OVER = {EXPIRES_TAG: "0"}
A, PAGE = {"alarms": "a"}, {"alarms": "page"}


@pytest.mark.parametrize(
    ("calm", "left"),
    [
        # Not known to be calm: what has ended goes, and the rest ends by itself.
        ((), ["drill-mute-1-prod", "drill-mute-3-prod"]),
        (("a",), ["drill-mute-1-prod", "drill-mute-3-prod"]),
        (("a", "page", "b"), []),
    ],
)
def test_while_an_alarm_may_tell_of_a_killed_drill_its_rules_stay(
    calm: tuple[str, ...], left: list[str]
) -> None:
    """The page tells of any alarm below it, those that another rule is for among them."""
    stage = config.load(DEMO, "prod")
    over = tags(stage) | OVER
    account: Any = Rules(
        drill_mute_1_prod=over | A,
        drill_mute_2_prod=over | A | {"status": "EXPIRED"},
        drill_mute_3_prod=over | PAGE,
    )
    clear_rules(account, stage, calm)
    assert list(account.rules) == left


def test_the_rules_of_a_drill_under_way_stay_whatever_is_calm() -> None:
    stage = config.load(DEMO, "prod")
    account: Any = Rules(
        drill_mute_1_prod=tags(stage) | PAGE, drill_mute_2_prod=tags(stage) | OVER | A
    )
    clear_rules(account, stage, ("a",))
    assert list(account.rules) == ["drill-mute-1-prod"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({}, ""),
        ({"drill_mute_1_prod": {}}, "drill-mute-1-prod"),
        ({"nightly_backup": {}}, "nightly-backup"),
    ],
)
def test_the_rule_that_mutes_an_alarm_is_named(rules: dict[str, dict[str, str]], said: str) -> None:
    account: Any = Rules(**rules)
    assert muted_by(account, ALARMS[0]) == said
