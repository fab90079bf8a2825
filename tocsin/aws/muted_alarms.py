"""Which alarms of a stage are muted, now or later, until when and by which rule.

Rules of anybody may mute an alarm: by hand, of monitoring.yml, of a drill, of somebody else.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetAlarmMuteRule.html
"""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage

ACTIVE, SCHEDULED, EXPIRED = "ACTIVE", "SCHEDULED", "EXPIRED"
_AT_ONCE = 8
_MOST_PAGES = 1_000
_GONE = ("ResourceNotFoundException", "ResourceNotFound")


@dataclass(frozen=True)
class MuteState:
    """A rule that mutes alarms of the stage; ``made_by``: ``hand``, ``monitoring.yml``, ``drill``,
    ``others``.

    ``starts`` and ``expires`` bound all its windows.
    """

    name: str
    made_by: str
    status: str
    schedule: str
    duration: str
    timezone: str
    alarms: tuple[str, ...]
    note: str
    starts: datetime | None = None
    expires: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "madeBy": self.made_by,
            "status": self.status,
            "schedule": self.schedule,
            "duration": self.duration,
            "timezone": self.timezone,
            "alarms": list(self.alarms),
            "note": self.note,
        }

    def open_until(self, now: datetime) -> datetime | None:
        """When the window that is open at ``now`` ends; None where it cannot be told."""
        from tocsin.cloudwatch import RefusedDefinition, mute_windows

        schedule = {
            "Expression": self.schedule, "Duration": self.duration, "Timezone": self.timezone,
        }  # fmt: skip
        try:
            windows = mute_windows(schedule, start_date=self.starts, expire_date=self.expires)
        except RefusedDefinition:  # of a form that is not known here
            return None
        ends = windows.active_until(now.timestamp())
        return None if ends is None else datetime.fromtimestamp(ends, UTC)


def mute_rules(account: Account, stage: Stage, own: Collection[str]) -> list[MuteState]:
    """The rules that mute some of the alarms ``own``, by name, now or later."""
    found = []
    for rule in _rules(account, stage, [ACTIVE, SCHEDULED]):
        if alarms := sorted(set(own).intersection(rule.alarms)):
            found.append(replace(rule, alarms=tuple(alarms)))
    return found


def active_rules(account: Account, stage: Stage) -> list[MuteState]:
    """The rules that mute alarms now, of whatever stage; ``alarms`` are all that each is for."""
    return _rules(account, stage, [ACTIVE])


def _rules(account: Account, stage: Stage, statuses: Sequence[str]) -> list[MuteState]:
    client = account.client("cloudwatch")

    def read(name: str) -> MuteState | None:
        try:
            return _state(name, client.get_alarm_mute_rule(AlarmMuteRuleName=name), stage)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                return None  # since the list was read: a drill deletes its own
            raise

    # A call for each rule, and others of the account have theirs.
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        found = list(threads.map(read, rule_names(account, statuses)))
    return [rule for rule in found if rule is not None]


def rule_names(account: Account, statuses: Sequence[str] = ()) -> list[str]:
    """The names of the rules of the account and region, or of those in one of ``statuses``."""
    arns = rule_arns(account, statuses)
    return sorted(arn.partition(":alarm-mute-rule:")[2] for arn in arns)


def rule_arns(account: Account, statuses: Sequence[str] = ()) -> list[str]:
    """As :func:`rule_names`, the ARNs, as they are listed."""
    client = account.client("cloudwatch")
    found: list[str] = []
    asked: dict[str, Any] = {"Statuses": list(statuses)} if statuses else {}
    for _ in range(_MOST_PAGES):
        answer = client.list_alarm_mute_rules(**asked)
        found += [summary["AlarmMuteRuleArn"] for summary in answer["AlarmMuteRuleSummaries"]]
        if not answer.get("NextToken"):
            break
        asked["NextToken"] = answer["NextToken"]
    return found


def alarms_of(rule: dict[str, Any]) -> tuple[str, ...]:
    """The names of the alarms of a rule, as GetAlarmMuteRule gives it."""
    named = rule.get("MuteTargets", {}).get("AlarmNames", ())
    return tuple(dict.fromkeys(map(_name_of, named)))


def _state(name: str, rule: dict[str, Any], stage: Stage) -> MuteState:
    schedule = rule["Rule"]["Schedule"]
    return MuteState(
        name,
        _made_by(name, stage),
        rule["Status"],
        schedule["Expression"],
        schedule["Duration"],
        schedule.get("Timezone", "UTC"),
        alarms_of(rule),
        rule.get("Description", ""),
        rule.get("StartDate"),
        rule.get("ExpireDate"),
    )


def _made_by(name: str, stage: Stage) -> str:
    if name.startswith(names.HAND_MUTE_PREFIX):
        return "hand"
    if name.startswith(names.MUTE_RULE_PREFIX):
        return "drill"
    prefixes = tuple(f"{names.MUTE_PREFIX}{mute.name}_" for mute in stage.mutes)
    return "monitoring.yml" if prefixes and name.startswith(prefixes) else "others"


def _name_of(alarm: str) -> str:
    """A rule may name an alarm by its ARN."""
    return alarm.partition(":alarm:")[2] if alarm.startswith("arn:") else alarm
