"""What the console takes for 10,000 bugs and 500 alarms, without the account's own time.

    python -m tests.benchmarks.console

The worst case of 10,000 records: each is a bug of its own. First views read everything; a filter
reads nothing. Goals: a first view 1 s, a filter 200 ms.
"""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from statistics import median
from types import SimpleNamespace
from typing import Any

from starlette.testclient import TestClient

from tests.conftest import DEMO
from tests.console_stage import NOW, FrozenConsole, bugs_of, record
from tocsin import config, names
from tocsin.aws import alarm_states
from tocsin.bugs.bug_items import bug_item
from tocsin.web.admission import Admission
from tocsin.web.application import application

BUGS, ALARMS = 10_000, 500
FIRST_VIEW_S, FILTER_S = 1.0, 0.2
REPEATS = 5
HOST = "t-0123456789.localhost:8123"
OWN = {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}


class Tables:
    """DynamoDB with the items of bugs, a page of up to 1 MB at a time as it gives them."""

    exceptions = SimpleNamespace(ResourceNotFoundException=LookupError)

    def __init__(self) -> None:
        found = [
            record(
                number,
                NOW - timedelta(seconds=number * 17),
                fingerprint=f"v1:{number * 2_654_435_761 % 2**64:016x}",
                errorType=f"{('Key', 'Value', 'Timeout')[number % 3]}Error",
                errorMessage=f"case {number}: nothing is left of it",
            )
            for number in range(BUGS)
        ]
        self.kinds: dict[str, list[dict[str, Any]]] = {}
        for bug in bugs_of(found):
            item = bug_item(bug)
            self.kinds.setdefault(item["kind"]["S"], []).append(item)

    def get_paginator(self, _: str) -> "Tables":
        return self

    def paginate(self, **request: Any) -> Any:
        items = self.kinds.get(request["ExpressionAttributeValues"][":kind"]["S"], [])
        for start in range(0, max(1, len(items)), 1_000):
            yield {"Items": items[start : start + 1_000]}


class Alarms:
    """CloudWatch with as many alarms as one asks for."""

    def describe_alarms(self, AlarmNames: Sequence[str], **_: Any) -> dict[str, Any]:
        return {
            "MetricAlarms": [
                {
                    "AlarmName": name,
                    "StateValue": "ALARM" if len(name) % 9 == 0 else "OK",
                    "StateReason": "Threshold Crossed: 2 out of the last 2 datapoints",
                    "StateUpdatedTimestamp": NOW,
                }
                for name in AlarmNames
            ]
        }

    def list_alarm_mute_rules(self, **_: Any) -> dict[str, Any]:
        """As many rules as a stage of so many alarms is muted by: one takes a hundred."""
        place = "arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:"
        rules = [{"AlarmMuteRuleArn": f"{place}{number}"} for number in range(ALARMS // 100)]
        return {"AlarmMuteRuleSummaries": rules}

    def get_alarm_mute_rule(self, AlarmMuteRuleName: str) -> dict[str, Any]:
        first = int(AlarmMuteRuleName) * 100
        muted = [names.alarm(f"f{n}", "error-rate", "dev") for n in range(first, first + 100)]
        schedule = {"Expression": "at(2026-11-28T10:00)", "Duration": "PT2H"}
        return {
            "Status": "ACTIVE",
            "Rule": {"Schedule": schedule},
            "MuteTargets": {"AlarmNames": muted},
        }


def timed(run: Callable[[], Any]) -> float:
    """Median CPU seconds of ``REPEATS`` runs: others on the machine count for nothing."""
    seconds = []
    for _ in range(REPEATS):
        began = time.process_time()
        run()
        seconds.append(time.process_time() - began)
    return median(seconds)


def main() -> int:
    stage = config.load(DEMO, "dev")
    services: dict[str, Any] = {"dynamodb": Tables(), "cloudwatch": Alarms()}
    account: Any = SimpleNamespace(
        region="us-east-1", local=None, session=None, client=lambda name, **_: services.get(name)
    )
    console = FrozenConsole(DEMO, stage, lambda: account)
    declared = [("orders", "error-rate", names.alarm(f"f{n}", "error-rate", "dev"))
                for n in range(ALARMS)]  # fmt: skip

    def read_alarms() -> list[alarm_states.AlarmState]:
        found = alarm_states.describe(account, [name for *_, name in declared])
        return [
            alarm_states.AlarmState(
                key, kind, name, found[name]["StateValue"], found[name]["StateUpdatedTimestamp"],
                found[name]["StateReason"], found[name],
            )
            for key, kind, name in declared
        ]  # fmt: skip

    console.alarms._read = read_alarms
    admission = Admission()
    guard: Any = application(console, admission, HOST)
    client = TestClient(guard, base_url=f"http://{HOST}", follow_redirects=False)
    client.post("/session", data={"token": admission.new_token()}, headers=OWN)

    def get(path: str, **headers: str) -> None:
        answer = client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text

    def first(path: str) -> None:
        console.bugs._asked_at = console.alarms._asked_at = console.mutes._asked_at = None
        get(path)

    part = {"hx-request": "true"}
    measured = [
        ("first view of the bugs", FIRST_VIEW_S, timed(lambda: first("/bugs"))),
        ("first view of the alarms", FIRST_VIEW_S, timed(lambda: first("/alarms"))),
        ("filter by words and a field", FILTER_S,
         timed(lambda: get("/bugs?q=type:KeyError+case+99", **part))),
        ("filter that finds nothing", FILTER_S, timed(lambda: get("/bugs?q=nothing", **part))),
        ("last page by count", FILTER_S, timed(lambda: get("/bugs?sort=count&page=200", **part))),
        ("filter of alarms", FILTER_S, timed(lambda: get("/alarms?q=f49", **part))),
    ]  # fmt: skip
    print(f"{BUGS} bugs, {ALARMS} alarms, CPU, median of {REPEATS}")  # noqa: T201
    for what, goal, seconds in measured:
        print(f"{what:<30}{1000 * seconds:>8.0f} ms, goal {1000 * goal:.0f}")  # noqa: T201
    return int(any(seconds > goal for _, goal, seconds in measured))


if __name__ == "__main__":
    sys.exit(main())
