"""After a deploy the drill waits until new policies hold, and not otherwise."""

import datetime as dt
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from tests.conftest import DEMO
from tocsin import config
from tocsin.drill import settled
from tocsin.drill.drill_clock import LocalClock, WallClock
from tocsin.drill.settled import let_settle


class Stacks:
    """A CloudFormation that has each stack, last changed so many seconds ago."""

    def __init__(self, created: float, updated: float | None = None) -> None:
        self._ago = {"CreationTime": created}
        if updated is not None:
            self._ago["LastUpdatedTime"] = updated

    def client(self, service: str) -> "Stacks":
        assert service == "cloudformation"
        return self

    def describe_stacks(self, StackName: str) -> dict:
        now = dt.datetime.now(dt.UTC)
        times = {name: now - dt.timedelta(seconds=ago) for name, ago in self._ago.items()}
        return {"Stacks": [{"StackName": StackName, **times}]}


class Refusing(Stacks):
    def describe_stacks(self, StackName: str) -> dict:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeStacks")


class Waiting(WallClock):
    def __init__(self) -> None:
        self.waited: list[int] = []

    def let_pass(self, seconds: int) -> None:
        self.waited.append(seconds)


@pytest.mark.parametrize(
    ("account", "waits"),
    [
        (Stacks(created=0), True),
        (Stacks(created=86_400, updated=0), True),
        (Stacks(created=-3_600), True),  # this machine's clock is behind
        (Stacks(created=86_400), False),
        (Stacks(created=86_400, updated=3_600), False),
        (Refusing(created=0), False),
    ],
)
def test_what_is_left_of_a_minute_is_waited_out(account, waits) -> None:
    clock = Waiting()
    let_settle(account, config.load(DEMO, "dev"), clock)
    assert bool(clock.waited) is waits
    assert all(0 < seconds <= WallClock.policy_slack_s for seconds in clock.waited)


def test_of_several_stacks_the_one_that_was_changed_last_counts(monkeypatch) -> None:
    class Several(Stacks):
        def describe_stacks(self, StackName: str) -> dict:
            self._ago = {"CreationTime": 0 if StackName == "last" else 86_400}
            return super().describe_stacks(StackName)

    stacks = [SimpleNamespace(name=name) for name in ("main", "2", "last")]
    monkeypatch.setattr(settled, "stacks_of", lambda _: stacks)
    clock = Waiting()
    let_settle(Several(created=0), config.load(DEMO, "dev"), clock)
    assert clock.waited


def test_on_the_local_stage_nothing_is_asked() -> None:
    assert LocalClock.policy_slack_s == 0
    let_settle(None, config.load(DEMO, "dev"), LocalClock(None))
