"""A stage as the notifier knows it, and what AWS would answer: a table of every kind of alarm."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from notifier import stage_facts
from notifier.alarm_tree import FiringAlarm
from notifier.explanation import BugSummary
from notifier.incoming import AlarmMessage, read
from notifier.recent_bugs import BugsRead
from notifier.stage_facts import StageFacts
from tests.conftest import DEMO
from tocsin import config, names
from tocsin.alarms import KINDS
from tocsin.packaging import notifier_facts

ACCOUNT, REGION = "123456789012", "us-east-1"
NOW = datetime(2026, 11, 28, 10, 17, tzinfo=UTC)
CHANGED_AT = "2026-11-28T10:16:30.000+0000"
PEOPLE = [
    {"protocol": "email", "endpoint": "team@example.com"},
    {"protocol": "email", "endpoint": "team@example.com", "severity": "ticket"},
    {"protocol": "slack", "secret": "ssm:/shop/slack", "channel": "C0123456789"},
    {"protocol": "teams", "secret": "ssm:/shop/teams", "severity": "ticket"},
    {"protocol": "webhook", "secret": "ssm:/shop/key", "endpoint": "https://example.com/hook"},
]
BUG = BugSummary(
    fingerprint="v1:0123456789abcdef",
    type="KeyError",
    message="'sku'",
    count=17,
    counted_from=datetime(2026, 11, 28, 10, 12, tzinfo=UTC),
    first_seen=datetime(2026, 11, 28, 10, 12, tzinfo=UTC),
    first_release="r42",
    last_release="r42",
    top_frame="stock.py:24 in reserve",
    memory="new",
)
SEEN = replace(
    BUG, fingerprint="v1:fedcba9876543210", type="Timeout", message="payment 3000 ms", count=1,
    first_release="r40", top_frame="charges.py:9 in charge", memory="seen",
    first_seen=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
)  # fmt: skip


@cache
def stage() -> config.Stage:
    """The demo project's prod with all kinds of alarms, a schedule, and people of every kind."""
    loaded = config.load(DEMO, "prod")
    orders = loaded.functions[0]
    given: dict[str, dict[str, Any]] = {
        **{name: {"enabled": True} for name in KINDS},
        "concurrency": {"enabled": True, "threshold": 80.0},
        "dead-letter-depth": {"enabled": True, "queue": "orders-dead-letters"},
    }
    settings = {
        name: KINDS[name].settings.model_validate(
            {**loaded.functions[0].alarm_settings[name].model_dump(exclude_none=True), **more}
        )
        for name, more in given.items()
    }
    calls = (
        {"schedule": "rate(1 hour)"},
        {"sqs": {"arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"}},
        {"httpApi": "*"},
    )
    watched = replace(orders, alarm_settings=settings, events=calls, owner="shop")
    return replace(
        loaded,
        functions=(watched, *loaded.functions[1:]),
        notifications=tuple(config.Notification.model_validate(person) for person in PEOPLE),
    )


@cache
def facts() -> StageFacts:
    return stage_facts.read(json.loads(json.dumps(notifier_facts.facts(DEMO, stage()))))


def arn(alarm: str) -> str:
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{alarm}"


def reason(*values: float, threshold: float = 5.0) -> str:
    listed = ", ".join(
        f"{value} (28/11/26 10:{15 - index}:00)" for index, value in enumerate(values)
    )
    return (
        f"Threshold Crossed: {len(values)} out of the last {len(values)} datapoints [{listed}] "
        f"were greater than the threshold ({threshold}) (minimum 1 datapoint for OK -> ALARM "
        "transition)."
    )


def body(alarm: str, state: str = "ALARM", **more: Any) -> dict[str, Any]:
    """CloudWatch's message."""
    return {
        "AlarmName": alarm,
        "AlarmDescription": "what it is about",
        "AWSAccountId": ACCOUNT,
        "NewStateValue": state,
        "NewStateReason": reason(7.2, 6.1),
        "StateChangeTime": CHANGED_AT,
        "Region": "US East (N. Virginia)",
        "AlarmArn": arn(alarm),
        "OldStateValue": "OK" if state == "ALARM" else "ALARM",
        **more,
    }


def event(message: Mapping[str, Any] | str, topic: str = "pages-topic-prod") -> dict[str, Any]:
    """As SNS calls a function."""
    text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    name = message.get("AlarmName", "") if isinstance(message, Mapping) else ""
    state = message.get("NewStateValue", "") if isinstance(message, Mapping) else ""
    sns = {
        "TopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{topic}",
        "Subject": f'{state}: "{name}" in US East (N. Virginia)',
        "Message": text,
        "Timestamp": "2026-11-28T10:16:31.000Z",
    }
    return {"Records": [{"EventSource": "aws:sns", "Sns": sns}]}


def told(alarm: str, state: str = "ALARM", **more: Any) -> AlarmMessage:
    (one,) = read(event(body(alarm, state, **more)))
    assert isinstance(one, AlarmMessage)
    return one


def page(state: str = "ALARM") -> AlarmMessage:
    """The stage's own composite alarm, that one function's made change."""
    child = {"Arn": arn(names.function_health("orders", "prod")), "State": {"Value": state}}
    words = f"{child['Arn']} transitioned to {state} at Saturday 28 November, 2026 10:16:30 UTC"
    return told(
        names.stage_health("prod"), state, NewStateReason=words, TriggeringChildren=[child],
        AlarmRule=f'ALARM("{names.function_health("orders", "prod")}")',
    )  # fmt: skip


@dataclass
class Answers:
    """What AWS answers; a question that has none raises."""

    alarms: dict[str, dict[str, Any]] = field(default_factory=dict)
    totals: list[float] | None = None
    found: tuple[BugSummary, ...] | None = ()
    asked: list[str] = field(default_factory=list)
    fired: dict[str, FiringAlarm] = field(default_factory=dict)
    known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def describe(self, names: Sequence[str]) -> Iterable[Mapping[str, Any]]:
        self.asked += names
        return [self.alarms[name] for name in names if name in self.alarms]

    def then(self, name: str, at: datetime) -> FiringAlarm | None:
        return self.fired.get(name)

    def remembered(self, fingerprints: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        return {name: self.known[name] for name in fingerprints if name in self.known}

    def sums(
        self, metrics: Sequence[Mapping[str, Any]], period: int, start: datetime, end: datetime
    ) -> list[float]:
        assert start < end
        if self.totals is None:
            raise TimeoutError
        return self.totals

    def bugs(self, functions: Sequence[str], since: datetime, until: datetime) -> BugsRead:
        assert since < until
        if self.found is None:
            raise PermissionError
        return BugsRead(self.found)


def deployed(*firing: str, suffix: str = "prod") -> dict[str, dict[str, Any]]:
    """DescribeAlarms of the alarms of `orders`, of which ``firing`` are in ALARM."""
    health = names.function_health("orders", suffix)
    rule = " OR ".join(f'ALARM("{name}")' for name in facts().alarms if name.startswith("orders-"))
    return {
        health: {"AlarmName": health, "StateValue": "ALARM", "AlarmRule": rule},
        **{
            name: {
                "AlarmName": name,
                "StateValue": "ALARM" if name in firing else "OK",
                "StateReason": reason(7.2, 6.1),
                "StateUpdatedTimestamp": datetime(2026, 11, 28, 10, 16, index, tzinfo=UTC),
            }
            for index, name in enumerate(facts().alarms)
        },
    }
