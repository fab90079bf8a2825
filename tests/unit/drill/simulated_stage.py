"""A stage in simulated time: CloudWatch with the shipped alarms, callers, people who are told.

Metrics come one to three minutes late, as Lambda's do, and what is called is counted, not run.
"""

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from tocsin import names
from tocsin.aws.account import Account
from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.drill.context import Bench, Subject
from tocsin.drill.probe import Probe
from tocsin.drill.topics import Topics
from tocsin.local.cloudwatch.cloud import CloudWatch
from tocsin.local.cloudwatch.stage_clock import StageClock

START = 1_900_000_020 // 60 * 60 + 7
_LATE_MINUTES = (1, 2, 3)


class SimulatedStage:
    """``told``: (alarm, state) of each notice of ALARM, and of each of OK after one.

    ``a_minute`` calls come each minute from others, a fraction of one in some of them.
    """

    def __init__(
        self, stage: Stage, template: Template, functions: Iterable[str], seed: int
    ) -> None:
        self.chance = random.Random(seed)
        self.told: list[tuple[str, str]] = []
        self.a_minute = 0.0
        self.holder = 0
        self.stage = stage
        self._clock = StageClock(wall=lambda: START)
        self._cloud = CloudWatch("123456789012", "us-east-1", self._clock)
        self._cloud.actions.deliverer = self
        self._late: dict[int, list[tuple[str, int, int, int]]] = defaultdict(list)
        self.subjects = [
            Subject(function, function.alarm_definitions(stage.suffix, stage.name))
            for function in stage.watched
            if function.key in functions
        ]
        self._deploy(template)
        account: Any = SimpleNamespace(client=self._client)
        self.account: Account = account
        self.bench = Bench(account, stage, Topics("", ""), self, Probe(account, ""), heard=False)

    # The clock of a drill

    tick_s = stride_s = 60
    slack_s = 180
    log_slack_s = policy_slack_s = 0

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._clock.now(), dt.UTC)

    def let_pass(self, seconds: int) -> None:
        for _ in range(seconds // 60):
            self._others_call()
            self._clock.advance(60)
            minute = int(self._clock.now()) // 60 * 60
            for name, at, calls, failed in self._late.pop(minute, ()):
                self._count(name, at, calls, failed)
            self._cloud.evaluate(minute)

    # Calls

    def call(self, function: str, good: int = 0, failing: int = 0) -> None:
        """Now; their metrics come later."""
        now = int(self._clock.now())
        arrives = now // 60 * 60 + 60 * self.chance.choice(_LATE_MINUTES)
        self._late[arrives].append((function, now, good + failing, failing))

    def relieve(self, bench: Any, causes: Any, subjects: list[Subject], times: int = 1) -> None:
        for subject in subjects:
            self.call(subject.function.name, good=times)

    def _others_call(self) -> None:
        whole, rest = divmod(self.a_minute, 1)
        calls = int(whole) + (self.chance.random() < rest)
        for subject in self.subjects:
            if calls:
                self.call(subject.function.name, good=calls)

    def _count(self, name: str, at: int, calls: int, failed: int) -> None:
        # One sample, whose value is what Sum is asked for.
        for metric, count in (("Invocations", calls), ("Errors", failed)):
            self._cloud.record(
                "AWS/Lambda", metric, count, "Count", {"FunctionName": name},
                wall=at - self._clock.offset,
            )  # fmt: skip

    # What a CloudWatch client and the actions of alarms are

    def _client(self, service: str) -> Any:
        assert service == "cloudwatch"
        return _Client(self._cloud)

    def publish(self, topic_arn: str, subject: str, message: str, **_: str) -> None:
        state = subject.partition(":")[0]
        name = subject.partition('"')[2].partition('"')[0]
        if state == "ALARM" or (name, "ALARM") in self.told:
            self.told.append((name, state))

    def invoke(self, function_arn: str, event: Any, **_: str) -> None:
        pass

    def announce(self, event: Any, **_: str) -> None:
        pass

    def in_alarm(self) -> set[str]:
        pages = _Client(self._cloud).describe_alarms(StateValue="ALARM", **_BOTH)
        return {
            alarm["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms")
            for alarm in pages[kind]
        }  # fmt: skip

    def rules(self) -> dict[str, str]:
        """The status of each mute rule."""
        listed = _Client(self._cloud).list_alarm_mute_rules()["AlarmMuteRuleSummaries"]
        return {rule["AlarmMuteRuleArn"].rpartition(":")[2]: rule["Status"] for rule in listed}

    def _deploy(self, template: Template) -> None:
        suffix = self.stage.suffix
        made = {
            resource["Properties"]["AlarmName"]: resource["Properties"]
            for resource in template.resources.values()
            if resource["Type"] in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
        }
        for subject in self.subjects:
            for name in subject.function.alarm_names(suffix).values():
                self._cloud.put_metric_alarm_from_template(name, _telling(made[name]))
                state = {"AlarmName": name, "StateValue": "OK", "StateReason": "deployed"}
                self._cloud.do("SetAlarmState", state)
        # The page is above all functions; here above those that are there.
        health = [names.function_health(subject.key, suffix) for subject in self.subjects]
        for name in health:
            self._cloud.put_composite_alarm_from_template(name, _telling(made[name]))
        page = names.stage_health(suffix)
        rule = " OR ".join(f'ALARM("{name}")' for name in health)
        self._cloud.put_composite_alarm_from_template(
            page, {**_telling(made[page]), "AlarmRule": rule}
        )


_BOTH = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}


def _telling(properties: dict[str, Any]) -> dict[str, Any]:
    """What only a deploy knows is the topic that is told."""
    topics = ["arn:aws:sns:us-east-1:123456789012:people"]
    actions = {name: topics for name in ("AlarmActions", "OKActions") if name in properties}
    return properties | actions


class _Client:
    """As boto3's, each call an operation of the CloudWatch."""

    def __init__(self, cloud: CloudWatch) -> None:
        self._cloud = cloud

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation = "".join(part.capitalize() for part in name.split("_"))
        return lambda **params: self._cloud.do(operation, params)

    def get_paginator(self, name: str) -> Any:
        call = getattr(self, name)
        return SimpleNamespace(paginate=lambda **params: [call(**params)])
