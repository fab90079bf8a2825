"""Alarm mute rules: windows in which alarms change their state and tell nobody.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules-behaviour.html
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.cloudwatch import MuteStatus, MuteWindows, alarm_name, mute_windows
from tocsin.local.cloudwatch.errors import (
    InvalidNextToken,
    ResourceNotFoundException,
    ValidationError,
)

Params = Mapping[str, Any]

MOST_ALARMS = 100
_PAGE = 50


@dataclass(frozen=True)
class MuteRule:
    """The alarms that it mutes, and when."""

    name: str
    arn: str
    alarms: frozenset[str]
    windows: MuteWindows
    updated: float
    given: Params

    def summary(self, at: float) -> dict[str, Any]:
        """As ListAlarmMuteRules shows it."""
        expires = self.windows.expires
        return {
            "AlarmMuteRuleArn": self.arn,
            "Status": str(self.windows.status(at)),
            "MuteType": "RECURRING" if self.windows.recurs else "ONE_TIME",
            "LastUpdatedTimestamp": _time(self.updated),
            **({} if expires is None else {"ExpireDate": _time(expires)}),
        }

    def to_api(self, at: float) -> dict[str, Any]:
        """As GetAlarmMuteRule shows it; a time zone that was not given is UTC."""
        schedule = {"Timezone": "UTC", **self.given["Rule"]["Schedule"]}
        starts = self.windows.starts
        return {
            "Name": self.name,
            **self.summary(at),
            **{key: self.given[key] for key in ("Description", "MuteTargets") if key in self.given},
            "Rule": {"Schedule": schedule},
            **({} if starts is None else {"StartDate": _time(starts)}),
        }


class MuteRules:
    """The rules of one account and region, by name."""

    def __init__(self, account: str, region: str) -> None:
        self._place = f"arn:aws:cloudwatch:{region}:{account}:alarm-mute-rule:"
        self._rules: dict[str, MuteRule] = {}

    def arn(self, name: str) -> str:
        return self._place + name

    def put(self, params: Params, now: float) -> MuteRule:
        """PutAlarmMuteRule, which replaces one of that name.

        Raises:
            tocsin.cloudwatch.ValidationError: a schedule that CloudWatch refuses.
            ValidationError: too many alarms.
        """
        name = params["Name"]
        windows = mute_windows(
            params["Rule"]["Schedule"],
            start_date=params.get("StartDate"),
            expire_date=params.get("ExpireDate"),
        )
        targets = params.get("MuteTargets", {}).get("AlarmNames", [])
        if len(targets) > MOST_ALARMS:
            raise ValidationError(f"A mute rule targets at most {MOST_ALARMS} alarms.")
        alarms = frozenset(map(alarm_name, targets))
        rule = MuteRule(name, self.arn(name), alarms, windows, now, params)
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
        """ListAlarmMuteRules, by name; the token is the last name of the page before.

        Raises:
            InvalidNextToken: it is none of ours.
        """
        wanted = params.get("Statuses")
        alarm = params.get("AlarmName")
        token = params.get("NextToken", "")
        if token and token not in self._rules:
            raise InvalidNextToken("The next token specified is invalid.")
        found = [
            rule
            for name, rule in sorted(self._rules.items())
            if name > token
            and (not wanted or rule.windows.status(now) in wanted)
            and (alarm is None or alarm_name(alarm) in rule.alarms)
        ]
        page = found[: int(params.get("MaxRecords", _PAGE))]
        answer: dict[str, Any] = {"AlarmMuteRuleSummaries": [rule.summary(now) for rule in page]}
        return answer | ({"NextToken": page[-1].name} if len(page) < len(found) else {})

    def delete(self, name: str) -> None:
        """DeleteAlarmMuteRule; one that is not there is as good as deleted."""
        self._rules.pop(name, None)

    def mute(self, alarm: str, at: float) -> bool:
        """Whether ``alarm`` is muted at ``at``."""
        return any(
            alarm in rule.alarms and rule.windows.status(at) is MuteStatus.ACTIVE
            for rule in self._rules.values()
        )


def _time(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, dt.UTC)
