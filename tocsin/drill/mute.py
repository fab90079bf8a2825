"""Alarms muted while a drill makes them change their states, so that nobody else is told.

By CloudWatch's own mute rules, which end by themselves: whatever becomes of the drill, the alarms
speak again when the window is over, and those that are in ALARM then act. So each rule lasts until
no alarm looks back to what the drill may do until it makes further ones. No alarm is changed.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
"""

import datetime as dt
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from tocsin import names, terminal
from tocsin.aws.account import Account
from tocsin.aws.muted_alarms import EXPIRED, alarms_of, rule_arns
from tocsin.config import Stage
from tocsin.drill.context import Bench
from tocsin.drill.resource_tags import is_over, tags
from tocsin.drill.trouble import AWS_ERRORS
from tocsin.exceptions import TocsinError

_ALARMS_A_RULE = 100
# A rule begins on a whole minute, and is active some moments later.
_PATIENCE_S = 300
# So long a drill goes on under its rules. So long before that is over it makes further ones; and
# so long before, it gives up where AWS has taken none.
_GOES_ON = dt.timedelta(hours=1)
_RENEWED_BEFORE = dt.timedelta(minutes=30)
_GIVEN_UP_BEFORE = dt.timedelta(minutes=10)


class NotMuted(TocsinError):
    """The alarms could not be muted, so that others would have been told."""


@contextmanager
def muted(
    bench: Bench,
    targets: Sequence[str],
    sight_s: int = 0,
    may_go: Callable[[], bool] = lambda: True,
) -> Iterator[None]:
    """``targets`` tell nobody while the block runs, and for ``sight_s`` seconds after it.

    ``sight_s`` is how long an alarm may see what the block does. The rules go at once where the
    block has ended by itself, none is in ALARM that was not, and ``may_go`` says that none will
    be. What is in ALARM by a drill that was killed was not, as far as anybody knows.

    Raises:
        NotMuted: AWS does not let it, or the rules do not become active.
    """
    client = bench.account.client("cloudwatch")
    before = in_alarm_by_themselves(bench, targets)
    rules = _Rules(bench, targets, dt.timedelta(seconds=sight_s))
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
        if may_go() and bench.in_state("ALARM", targets) <= before:
            _delete(client, rules.names)
        else:
            rules.end_in_sight()


def in_alarm_by_themselves(bench: Bench, targets: Sequence[str]) -> set[str]:
    """Which of ``targets`` are in ALARM, and by no drill that was killed."""
    return set() if _left(bench) else bench.in_state("ALARM", targets)


def _left(bench: Bench) -> bool:
    """Whether a drill that is over has left rules, so that an ALARM may be its doing."""
    try:
        return any(left_rules(bench.account, bench.stage))
    except AWS_ERRORS:
        return True


class _Rules:
    """Those of one drill over ``targets``, with further ones while it goes on."""

    def __init__(self, bench: Bench, targets: Sequence[str], sight: dt.timedelta) -> None:
        self._put: dict[str, tuple[dt.datetime, Sequence[str]]] = {}
        self._bench = bench
        self._targets = targets
        self._sight = sight
        self._until = bench.clock.now()
        self._renewing = threading.Lock()

    @property
    def names(self) -> list[str]:
        return list(self._put)

    def put(self) -> None:
        """A rule for each hundred of the alarms, from the next minute on."""
        begin = _next_minute(self._bench.clock.now())
        for start in range(0, len(self._targets), _ALARMS_A_RULE):
            part = self._targets[start : start + _ALARMS_A_RULE]
            name = f"{names.MUTE_RULE_PREFIX}{uuid4().hex[:8]}-{self._bench.stage.suffix}"
            self._put[name] = begin, part
            _put(self._bench, name, begin, begin + _GOES_ON + self._sight, part)
        self._until = begin + _GOES_ON

    def renew(self) -> None:
        """Nothing, but near the end of the rules. Those that are there stay until they end.

        Raises:
            NotMuted: AWS lets it not, and what is done now might be told within minutes.
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

    def end_in_sight(self) -> None:
        """Nothing more is done: the rules end when no alarm looks back to it."""
        end = last = _next_minute(self._bench.clock.now()) + self._sight
        for name, (begin, targets) in self._put.items():
            later = begin + _GOES_ON + self._sight
            if not begin < end < later:
                continue
            try:
                _put(self._bench, name, begin, end, targets)
            except AWS_ERRORS:
                last = max(last, later)  # as it was made
        terminal.note(
            f"{len(self._targets)} alarms stay muted until {last:%Y-%m-%dT%H:%MZ}, while they may "
            "tell of the drill"
        )


def _put(
    bench: Bench, name: str, begin: dt.datetime, end: dt.datetime, targets: Sequence[str]
) -> None:
    """Make the rule, or change it; ``begin`` and ``end`` are whole minutes."""
    schedule = {
        "Expression": f"at({begin:%Y-%m-%dT%H:%M})",
        "Duration": f"PT{-(-int((end - begin).total_seconds()) // 60)}M",
        "Timezone": "UTC",
    }
    bench.account.client("cloudwatch").put_alarm_mute_rule(
        Name=name,
        Description=f"A fire drill on {bench.stage.stack_name}",
        Rule={"Schedule": schedule},
        MuteTargets={"AlarmNames": list(targets)},
        Tags=[{"Key": key, "Value": value} for key, value in tags(bench.stage).items()],
    )


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
    """The rule that mutes ``alarm`` now; empty where none does, or nobody may see.

    Of somebody else, or of a drill that was killed or whose failures it may still see. An alarm
    that tells nobody for a while is no broken link.
    """
    client = account.client("cloudwatch")
    with suppress(*AWS_ERRORS):
        answer = client.list_alarm_mute_rules(AlarmName=alarm, Statuses=["ACTIVE"])
        for summary in answer["AlarmMuteRuleSummaries"]:
            return str(summary["AlarmMuteRuleArn"]).rpartition(":")[2]
    return ""


def clear_rules(account: Account, stage: Stage, calm: Collection[str] | None = None) -> list[str]:
    """Delete those whose drill is over; their names.

    To be had when what that drill has done is told by no alarm any more: all of them where the
    alarms are gone. Else those that have ended, and the rest only where ``calm`` are all the
    alarms that they mute: a page tells of alarms that another rule is for.
    """
    client = account.client("cloudwatch")
    cleared = list(left_rules(account, stage, () if calm is None else (EXPIRED,)))
    if calm is not None:
        left = list(left_rules(account, stage))
        rules = (client.get_alarm_mute_rule(AlarmMuteRuleName=name) for name in left)
        if set().union(*map(alarms_of, rules)) <= set(calm):
            cleared = left
    _delete(client, cleared)
    return cleared


def left_rules(account: Account, stage: Stage, statuses: Sequence[str] = ()) -> Iterator[str]:
    """Names of the rules whose drill is over; of those in one of ``statuses``, or of all."""
    client = account.client("cloudwatch")
    for arn in rule_arns(account, statuses):
        name = arn.rpartition(":")[2]
        if not (name.startswith(names.MUTE_RULE_PREFIX) and name.endswith(f"-{stage.suffix}")):
            continue
        listed = client.list_tags_for_resource(ResourceARN=arn)["Tags"]
        given = {tag["Key"]: tag["Value"] for tag in listed}
        if is_over(given, stage):
            yield name
