"""Alarm mute rules: windows in which alarms change their state and tell nobody.

What is due while a rule is active is held back; when no rule mutes an alarm any more that is in
ALARM, its actions run after all. One-time windows, ``at(...)``, are what the stage knows.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.cloudwatch import alarm_name
from tocsin.local.cloudwatch.errors import ResourceNotFoundException, ValidationError

Params = Mapping[str, Any]

MOST_ALARMS = 100
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)")
_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?)?")
_LONGEST = dt.timedelta(days=15)


@dataclass(frozen=True)
class MuteRule:
    """A window (epoch seconds, the end not part of it) and the alarms that it mutes."""

    name: str
    arn: str
    alarms: frozenset[str]
    begins: float
    ends: float
    updated: float
    given: Params

    def status(self, at: float) -> str:
        """As the API spells it."""
        if at >= self.ends:
            return "EXPIRED"
        return "ACTIVE" if at >= self.begins else "SCHEDULED"

    def summary(self, at: float) -> dict[str, Any]:
        """As ListAlarmMuteRules shows it."""
        return {
            "AlarmMuteRuleArn": self.arn,
            "Status": self.status(at),
            "MuteType": "ONE_TIME",
            "LastUpdatedTimestamp": dt.datetime.fromtimestamp(self.updated, dt.UTC),
            **{key: self.given[key] for key in ("ExpireDate",) if key in self.given},
        }

    def to_api(self, at: float) -> dict[str, Any]:
        """As GetAlarmMuteRule shows it."""
        shown = ("Description", "Rule", "MuteTargets", "StartDate")
        return {
            "Name": self.name,
            **self.summary(at),
            **{key: self.given[key] for key in shown if key in self.given},
        }


class MuteRules:
    """The rules of one account and region, by name."""

    def __init__(self, account: str, region: str) -> None:
        self._place = f"arn:aws:cloudwatch:{region}:{account}:alarm-mute-rule:"
        self._rules: dict[str, MuteRule] = {}

    def put(self, params: Params, now: float) -> MuteRule:
        """PutAlarmMuteRule, which replaces one of that name.

        Raises:
            ValidationError: a schedule or targets that CloudWatch refuses, or a recurring one.
        """
        name, schedule = params["Name"], params["Rule"]["Schedule"]
        begins, length = _begin(schedule), _length(schedule["Duration"])
        targets = params.get("MuteTargets", {}).get("AlarmNames", [])
        if len(targets) > MOST_ALARMS:
            raise ValidationError(f"A mute rule targets at most {MOST_ALARMS} alarms.")
        ends = begins + length.total_seconds()
        if "StartDate" in params:
            begins = max(begins, params["StartDate"].timestamp())
        if "ExpireDate" in params:
            ends = min(ends, params["ExpireDate"].timestamp())
        alarms = frozenset(map(alarm_name, targets))
        rule = MuteRule(name, self._place + name, alarms, begins, ends, now, params)
        self._rules[name] = rule
        return rule

    def has(self, arn: str) -> bool:
        return any(rule.arn == arn for rule in self._rules.values())

    def get(self, name: str, now: float) -> dict[str, Any]:
        """GetAlarmMuteRule.

        Raises:
            ResourceNotFoundException: there is none.
        """
        if name not in self._rules:
            raise ResourceNotFoundException(f"Alarm mute rule {name} does not exist")
        return self._rules[name].to_api(now)

    def list(self, params: Params, now: float) -> dict[str, Any]:
        """ListAlarmMuteRules, all in one answer."""
        wanted = params.get("Statuses")
        alarm = params.get("AlarmName")
        return {
            "AlarmMuteRuleSummaries": [
                rule.summary(now)
                for rule in sorted(self._rules.values(), key=lambda rule: rule.name)
                if (not wanted or rule.status(now) in wanted)
                and (alarm is None or alarm_name(alarm) in rule.alarms)
            ]
        }

    def delete(self, name: str) -> None:
        """DeleteAlarmMuteRule; one that is not there is as good as deleted."""
        self._rules.pop(name, None)

    def mute(self, alarm: str, at: float) -> bool:
        """Whether ``alarm`` is muted at ``at``."""
        return any(
            alarm in rule.alarms and rule.status(at) == "ACTIVE" for rule in self._rules.values()
        )


def _begin(schedule: Params) -> float:
    found = _AT.fullmatch(schedule["Expression"])
    if found is None:
        raise ValidationError(
            f"Schedule expression {schedule['Expression']} is not offered by the local stage; "
            "at(yyyy-MM-ddThh:mm) is."
        )
    try:
        zone = zoneinfo.ZoneInfo(schedule.get("Timezone", "UTC"))
        return dt.datetime.fromisoformat(found[1]).replace(tzinfo=zone).timestamp()
    except (ValueError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValidationError(f"Invalid schedule: {error}") from error


def _length(text: str) -> dt.timedelta:
    found = _DURATION.fullmatch(text)
    days, hours, minutes = (int(group or 0) for group in (found.groups() if found else (0, 0, 0)))
    length = dt.timedelta(days=days, hours=hours, minutes=minutes)
    if not dt.timedelta(minutes=1) <= length <= _LONGEST:
        raise ValidationError(f"Invalid duration {text}: from PT1M to P15D.")
    return length
