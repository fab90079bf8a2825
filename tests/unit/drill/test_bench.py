"""Time passes on a stage until its alarms are in a state, by an AWS that is busy now and then."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import DEMO
from tocsin import config
from tocsin.drill.context import Bench, LimitReached
from tocsin.drill.probe import Probe
from tocsin.drill.topics import Topics


class CloudWatch:
    """Alarm ``a`` is in ALARM after ``loud_after_s``; every look may be refused with ``code``."""

    def __init__(self, loud_after_s: int = 0, code: str = "", refusals: int = 0) -> None:
        self.passed_s = 0
        self.looks = 0
        self._loud_after_s = loud_after_s
        self._code, self._refusals = code, refusals

    def describe_alarms(self, **_: Any) -> dict[str, Any]:
        self.looks += 1
        if self.looks <= self._refusals:
            raise ClientError({"Error": {"Code": self._code}}, "DescribeAlarms")
        state = "ALARM" if self.passed_s >= self._loud_after_s else "OK"
        return {"MetricAlarms": [{"AlarmName": "a", "StateValue": state}]}

    def let_pass(self, seconds: int) -> None:
        self.passed_s += seconds


def bench_of(client: CloudWatch, deadline: float | None = None) -> Bench:
    account: Any = SimpleNamespace(client=lambda service: client)
    clock: Any = SimpleNamespace(tick_s=60, stride_s=180, let_pass=client.let_pass)
    stage = config.load(DEMO, "dev")
    return Bench(account, stage, Topics("", ""), clock, Probe(account, ""), deadline=deadline)


def test_it_looks_until_the_alarms_are_there_and_works_in_between() -> None:
    client, worked = CloudWatch(loud_after_s=180), []
    found = bench_of(client).let_pass_until("ALARM", {"a"}, 600, lambda: worked.append(1))
    assert found == {"a"}
    assert client.passed_s == 180
    assert len(worked) == 3


@pytest.mark.parametrize(("patience_s", "passed_s"), [(300, 300), (900, 900)])
def test_it_gives_up_after_its_patience(patience_s: int, passed_s: int) -> None:
    client = CloudWatch(loud_after_s=100_000)
    assert bench_of(client).let_pass_until("ALARM", {"a"}, patience_s) == set()
    assert client.passed_s == passed_s


def test_a_look_that_is_throttled_shows_nothing_and_the_next_one_does() -> None:
    client = CloudWatch(code="ThrottlingException", refusals=2)
    assert bench_of(client).seen_in("ALARM", {"a"}) == set()
    assert bench_of(client).let_pass_until("ALARM", {"a"}, 600) == {"a"}
    assert client.looks == 3


def test_a_look_that_is_refused_is_said() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        bench_of(CloudWatch(code="AccessDenied", refusals=9)).seen_in("ALARM", {"a"})


def test_no_time_passes_after_the_limit() -> None:
    client = CloudWatch()
    with pytest.raises(LimitReached):
        bench_of(client, deadline=time.monotonic() - 1).let_pass()
    assert client.passed_s == 0
    bench_of(client, deadline=time.monotonic() + 600).let_pass()
    assert client.passed_s == 60
