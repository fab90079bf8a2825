"""Alarms muted while a drill makes them change their states, so that nobody else is told.

By CloudWatch's own mute rules, which end by themselves: whatever becomes of the drill, the alarms
speak again when the window is over, and those that are in ALARM then act. No alarm is changed.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
"""

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.drill.context import Bench
from tocsin.drill.resource_tags import is_over, tags
from tocsin.drill.trouble import AWS_ERRORS
from tocsin.exceptions import TocsinError

_ALARMS_A_RULE = 100
# A rule begins on a whole minute, and is active some moments later.
_PATIENCE_S = 300
_LONGEST = dt.timedelta(hours=2)
# So long before its rules end, a drill that goes on makes further ones; and so long before, it
# gives up where AWS has taken none.
_RENEWED_BEFORE = dt.timedelta(hours=1)
_GIVEN_UP_BEFORE = dt.timedelta(minutes=10)


class NotMuted(TocsinError):
    """The alarms could not be muted, so that others would have been told."""


@contextmanager
def muted(bench: Bench, targets: Sequence[str]) -> Iterator[None]:
    """``targets`` tell nobody while the block runs.

    The rules stay until they end where the block does not end by itself, or leaves an alarm in
    ALARM that was not, or that was by a drill which was killed: without them it would tell of what
    the drill has done, also of failures whose metrics are still on their way.

    Raises:
        NotMuted: AWS does not let it, or the rules do not become active.
    """
    client = bench.account.client("cloudwatch")
    before = set() if _left(bench) else bench.in_state("ALARM", targets)
    rules = _Rules(bench, targets)
    try:
        rules.put()
        _until_active(bench, rules.names)
    except BaseException as error:
        # Nothing has been brought about yet: a rule that stayed, also where somebody interrupts,
        # would keep quiet what happens by itself.
        _delete(client, rules.names)
        if isinstance(error, AWS_ERRORS):
            raise NotMuted(f"the alarms could not be muted: {error}") from error
        raise
    with bench.meanwhile(rules.renew):
        yield
    with suppress(*AWS_ERRORS):
        if bench.in_state("ALARM", targets) <= before:
            _delete(client, rules.names)


def _left(bench: Bench) -> bool:
    """Whether a drill that is over has left rules, so that an ALARM may be its doing."""
    try:
        return any(left_rules(bench.account, bench.stage))
    except AWS_ERRORS:
        return True


class _Rules:
    """Those of one drill over ``targets``, with further ones while it goes on."""

    def __init__(self, bench: Bench, targets: Sequence[str]) -> None:
        self.names: list[str] = []
        self._bench = bench
        self._targets = targets
        self._until = bench.clock.now()
        self._renewing = threading.Lock()

    def put(self) -> None:
        """A rule for each hundred of the alarms, from the next minute on."""
        begin = _next_minute(self._bench.clock.now())
        for start in range(0, len(self._targets), _ALARMS_A_RULE):
            part = self._targets[start : start + _ALARMS_A_RULE]
            self.names.append(_put(self._bench, begin, part))
        self._until = begin + _LONGEST

    def renew(self) -> None:
        """Nothing, but near the end of the rules. Those that are there stay until they end.

        Raises:
            NotMuted: AWS lets it not, and they end within minutes.
        """
        with self._renewing:
            left = self._until - self._bench.clock.now()
            if not self._targets or left > _RENEWED_BEFORE:
                return
            try:
                self.put()
            except AWS_ERRORS as error:
                if left < _GIVEN_UP_BEFORE:
                    raise NotMuted(f"the alarms could not be muted longer: {error}") from error


def _put(bench: Bench, begin: dt.datetime, targets: Sequence[str]) -> str:
    name = f"{names.MUTE_RULE_PREFIX}{uuid4().hex[:8]}-{bench.stage.suffix}"
    schedule = {
        "Expression": f"at({begin:%Y-%m-%dT%H:%M})",
        "Duration": f"PT{int(_LONGEST.total_seconds() // 60)}M",
        "Timezone": "UTC",
    }
    bench.account.client("cloudwatch").put_alarm_mute_rule(
        Name=name,
        Description=f"A fire drill on {bench.stage.stack_name}",
        Rule={"Schedule": schedule},
        MuteTargets={"AlarmNames": list(targets)},
        Tags=[{"Key": key, "Value": value} for key, value in tags(bench.stage).items()],
    )
    return name


def _delete(client: Any, rules: Sequence[str]) -> None:
    for rule in rules:
        with suppress(*AWS_ERRORS):
            client.delete_alarm_mute_rule(AlarmMuteRuleName=rule)


def _until_active(bench: Bench, rules: Sequence[str]) -> None:
    client = bench.account.client("cloudwatch")
    passed_s = 0
    while True:
        status = {
            name: client.get_alarm_mute_rule(AlarmMuteRuleName=name)["Status"] for name in rules
        }
        if all(state == "ACTIVE" for state in status.values()):
            return
        if passed_s >= _PATIENCE_S:
            raise NotMuted(f"the alarms could not be muted: the rules are {status}")
        bench.let_pass()
        passed_s += bench.clock.tick_s


def _next_minute(now: dt.datetime) -> dt.datetime:
    return now.replace(second=0, microsecond=0) + dt.timedelta(minutes=1)


def muted_by(account: Account, alarm: str) -> str:
    """The rule of somebody else that mutes ``alarm`` now; empty where none does, or nobody may see.

    A window in which an alarm tells nobody is no broken link.
    """
    client = account.client("cloudwatch")
    with suppress(*AWS_ERRORS):
        answer = client.list_alarm_mute_rules(AlarmName=alarm, Statuses=["ACTIVE"])
        for summary in answer["AlarmMuteRuleSummaries"]:
            name = str(summary["AlarmMuteRuleArn"]).rpartition(":")[2]
            if not name.startswith(names.MUTE_RULE_PREFIX):
                return name
    return ""


def clear_rules(account: Account, stage: Stage) -> list[str]:
    """Delete those whose drill is over; their names.

    To be had when what that drill has done is told by no alarm any more: after a drill that has
    waited for the alarms, or when they are gone. Else they end by themselves.
    """
    cleared: list[str] = []
    client = account.client("cloudwatch")
    for name in left_rules(account, stage):
        client.delete_alarm_mute_rule(AlarmMuteRuleName=name)
        cleared.append(name)
    return cleared


def left_rules(account: Account, stage: Stage) -> Iterator[str]:
    """Names of the rules whose drill is over."""
    client = account.client("cloudwatch")
    answer: dict[str, Any] = {"NextToken": None}
    found = []
    while "NextToken" in answer:
        more = {"NextToken": answer["NextToken"]} if answer["NextToken"] else {}
        answer = client.list_alarm_mute_rules(**more)
        found += [summary["AlarmMuteRuleArn"] for summary in answer["AlarmMuteRuleSummaries"]]
    for arn in found:
        name = arn.rpartition(":")[2]
        if not (name.startswith(names.MUTE_RULE_PREFIX) and name.endswith(f"-{stage.suffix}")):
            continue
        listed = client.list_tags_for_resource(ResourceARN=arn)["Tags"]
        given = {tag["Key"]: tag["Value"] for tag in listed}
        if is_over(given, stage):
            yield name
