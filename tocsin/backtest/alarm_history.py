"""What CloudWatch itself made of the time: the state changes of DescribeAlarmHistory.

It keeps them for 30 days.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.aws.account import Account
from tocsin.backtest.episodes import Episode
from tocsin.cloudwatch import State

# CloudWatch evaluates when the datapoints are in, the replay as if they were there at once.
SLACK_S = 300


@dataclass(frozen=True)
class Comparison:
    """Episodes of the replay against those of the alarm's history, over the time of both."""

    agreed: int
    only_replayed: tuple[Episode, ...]
    only_lived: tuple[Episode, ...]


@dataclass(frozen=True)
class Lived:
    """The episodes an alarm had from ``since`` on, which is when it got its definition of today."""

    since: int
    episodes: tuple[Episode, ...]


def lived(account: Account, alarm: str, start: int, end: int) -> Lived:
    """What a deployed alarm did from ``start`` to ``end`` (epoch seconds)."""
    since = start
    changes: list[tuple[int, str, str]] = []
    pages = account.client("cloudwatch").get_paginator("describe_alarm_history")
    for page in pages.paginate(
        AlarmName=alarm,
        AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        StartDate=datetime.fromtimestamp(start, UTC),
        EndDate=datetime.fromtimestamp(end, UTC),
        ScanBy="TimestampAscending",
    ):
        for item in page["AlarmHistoryItems"]:
            at = int(item["Timestamp"].timestamp())
            if item["HistoryItemType"] == "ConfigurationUpdate":
                since, changes = at, []
            elif item["HistoryItemType"] == "StateUpdate":
                states = _states(item["HistoryData"])
                changes += [(at, *states)] if states else []
    return Lived(since, tuple(_episodes(changes, since, end)))


def _states(history_data: str) -> tuple[str, str] | None:
    """The state before and after; None where that is not in CloudWatch's form."""
    try:
        data = json.loads(history_data)
        return str(data["oldState"]["stateValue"]), str(data["newState"]["stateValue"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _episodes(changes: Sequence[tuple[int, str, str]], since: int, end: int) -> Iterator[Episode]:
    began = since if changes and changes[0][1] == State.ALARM else None
    for at, _, new in changes:
        if new == State.ALARM and began is None:
            began = at
        elif new != State.ALARM and began is not None:
            yield Episode(began, at)
            began = None
    if began is not None:
        yield Episode(began, end)


def compare(replayed: Sequence[Episode], past: Lived) -> Comparison:
    """Which episodes both know, of those that reach into the time that ``past`` knows."""
    entered = [episode for episode in replayed if episode.end > past.since]
    only_replayed = tuple(
        episode
        for episode in entered
        if not any(episode.overlaps(lived, SLACK_S) for lived in past.episodes)
    )
    only_lived = tuple(
        episode
        for episode in past.episodes
        if not any(episode.overlaps(replay, SLACK_S) for replay in entered)
    )
    return Comparison(len(entered) - len(only_replayed), only_replayed, only_lived)
