"""What CloudWatch says that an alarm did, read as episodes."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from tocsin.backtest.alarm_history import lived
from tocsin.backtest.episodes import Episode


def item(at, kind="StateUpdate", data=None, **states):
    told = json.dumps({key: {"stateValue": value} for key, value in states.items()})
    return {"Timestamp": datetime.fromtimestamp(at, UTC), "HistoryItemType": kind,
            "HistoryData": told if data is None else data}  # fmt: skip


def change(at, old, new):
    return item(at, oldState=old, newState=new)


def past(*items):
    pages = SimpleNamespace(paginate=lambda **_: [{"AlarmHistoryItems": list(items)}])
    client = SimpleNamespace(get_paginator=lambda _: pages)
    return lived(SimpleNamespace(client=lambda _: client), "orders", 0, 1000)


def test_an_episode_is_from_one_change_to_the_next() -> None:
    found = past(change(100, "OK", "ALARM"), change(200, "ALARM", "OK"), change(900, "OK", "ALARM"))
    assert (found.since, found.episodes) == (0, (Episode(100, 200), Episode(900, 1000)))


def test_what_was_before_the_definition_of_today_is_not_its_own() -> None:
    found = past(change(100, "OK", "ALARM"), item(300, "ConfigurationUpdate"),
                 change(400, "ALARM", "OK"))  # fmt: skip
    assert (found.since, found.episodes) == (300, (Episode(300, 400),))


@pytest.mark.parametrize(
    "data", ["", "no JSON", "[]", "{}", '{"oldState": null}', '{"oldState": {}, "newState": 1}',
             "[" * 100_000],
    ids=lambda data: data[:12] or "empty",
)  # fmt: skip
def test_a_change_in_another_form_is_passed_over(data) -> None:
    found = past(change(100, "OK", "ALARM"), item(150, data=data), change(200, "ALARM", "OK"))
    assert found.episodes == (Episode(100, 200),)
