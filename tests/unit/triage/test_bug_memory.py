"""Bugs as people list them and decide on them, in a table of moto's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from tests import bugs_table
from tests.conftest import slow
from tocsin import triage
from tocsin.aws.account import NotDeployed
from tocsin.bugs.bug import Bug, BugNews, Occurrence, happened, iso
from tocsin.bugs.states import Status
from tocsin.exceptions import InputError
from tocsin.triage import bug_view
from tocsin.triage.forms import MalformedRecord

TABLE = "bugs-table-dev"
NOW = datetime.now(UTC)
ORDER = {"r1": "2026-11-01T00:00:00.000Z", "r2": "2026-11-02T00:00:00.000Z"}


def made(fingerprint: str, hours_ago: int = 1, **changes) -> Bug:
    given = {
        "function": "orders-function-dev", "release": "r1", "error_id": "01X",
        "error_type": "KeyError", "message": "'sku'", "top_frame": "stock.py:24 in reserve",
    } | changes  # fmt: skip
    at = iso(NOW - timedelta(hours=hours_ago))
    bug = happened(None, [Occurrence(fingerprint, at, **given)], ORDER, NOW)
    return replace(bug, revision=1)


KEY_ERROR = made("v1:aa")
TIME_OUT = made("v1:0b", 30, error_type="TimeoutError", message="payment", release="r2",
                function="payments-function-dev")  # fmt: skip
OLD = replace(made("v1:0c", 40), moved_to="v1:aa")


@pytest.fixture
def stocked(account) -> SimpleNamespace:
    bugs_table.create(account.client("dynamodb"), TABLE)
    bugs_table.remember(account.client("dynamodb"), TABLE, KEY_ERROR, TIME_OUT, OLD, **ORDER)
    return account


def listed(account, stage, **wanted) -> list[str]:
    return [bug.fingerprint for bug in triage.bugs(account, stage, triage.BugFilter(**wanted))]


FILTERS = [
    ({}, ["v1:aa", "v1:0b"]),
    ({"statuses": frozenset({Status.NEW})}, ["v1:aa"]),
    ({"statuses": frozenset({Status.SEEN})}, ["v1:0b"]),
    ({"statuses": frozenset({Status.MUTED})}, []),
    ({"function": "payments"}, ["v1:0b"]),
    ({"function": "orders-function-dev"}, ["v1:aa"]),
    ({"error_type": "KeyError"}, ["v1:aa"]),
    ({"error_type": "Key"}, []),
    ({"release": "r2"}, ["v1:0b"]),
    ({"text": "RESERVE"}, ["v1:aa", "v1:0b"]),
    ({"text": "timeouterror: pay"}, ["v1:0b"]),
    ({"text": "v1:0b"}, ["v1:0b"]),
    ({"since": iso(NOW - timedelta(hours=2))}, ["v1:aa"]),
]


@slow
@pytest.mark.parametrize(("wanted", "found"), FILTERS)
def test_bugs_are_listed_by(stocked, stage, wanted, found) -> None:
    assert listed(stocked, stage, **wanted) == found


def test_a_bug_is_found_by_its_fingerprint_and_by_its_former_one(stocked, stage) -> None:
    assert triage.bug(stocked, stage, "v1:0b") == TIME_OUT
    assert triage.bug(stocked, stage, "v1:0c") == KEY_ERROR
    with pytest.raises(triage.UnknownBug, match="found no bug v1:dd"):
        triage.bug(stocked, stage, "v1:dd")
    with pytest.raises(MalformedRecord, match="accepted: one such as v1:"):
        triage.bug(stocked, stage, "'; drop")


def test_a_stage_without_the_table_is_not_deployed(account, stage) -> None:
    for ask in (lambda: triage.bugs(account, stage), lambda: triage.bug(account, stage, "v1:aa")):
        with pytest.raises(NotDeployed, match=TABLE):
            ask()


def test_decisions_are_written_and_taken_back(stocked, stage) -> None:
    triage.resolve(stocked, stage, "v1:aa", by="ann")
    found = triage.bug(stocked, stage, "v1:aa")
    assert (found.state.by, found.state.after, found.revision) == ("ann", "r1", 2)
    assert listed(stocked, stage, statuses=triage.OPEN_STATUSES) == ["v1:0b"]
    triage.mute(stocked, stage, "v1:aa", failures=10, until=NOW + timedelta(days=2))
    assert triage.bug(stocked, stage, "v1:aa").state.count == 11
    triage.reopen(stocked, stage, "v1:aa")
    assert triage.bug(stocked, stage, "v1:aa").status(NOW) == Status.SEEN
    triage.note(stocked, stage, "v1:aa", "supplier \ud800 is down", by="bob")
    assert triage.bug(stocked, stage, "v1:aa").notes[0].text == "supplier \ufffd is down"
    triage.note(stocked, stage, "v1:aa", "")
    assert triage.bug(stocked, stage, "v1:aa").notes == ()


WRONG = [
    ({}, "found no end for the mute"),
    ({"until": NOW - timedelta(hours=1)}, "accepted: a time within a year"),
    ({"until": NOW + timedelta(days=400)}, "accepted: a time within a year"),
]


@slow
@pytest.mark.parametrize(("end", "said"), WRONG)
def test_a_mute_without_an_end_is_none(stocked, stage, end, said) -> None:
    with pytest.raises(InputError, match=said):
        triage.mute(stocked, stage, "v1:aa", **end)
    with pytest.raises(InputError, match="at most 1000"):
        triage.note(stocked, stage, "v1:aa", "x" * 1_001)


def test_a_failure_counted_meanwhile_is_not_lost(stocked, stage, monkeypatch) -> None:
    client = stocked.client("dynamodb")
    put, meanwhile = client.put_item, [replace(KEY_ERROR, count=2, revision=2)]

    def put_item(**request):
        if meanwhile:
            bugs_table.remember(SimpleNamespace(put_item=put), TABLE, meanwhile.pop())
        return put(**request)

    monkeypatch.setattr(client, "put_item", put_item)
    triage.resolve(stocked, stage, "v1:aa")
    found = triage.bug(stocked, stage, "v1:aa")
    assert (found.count, found.revision, found.status(NOW)) == (2, 3, Status.RESOLVED)


def test_releases_in_the_order_in_which_the_stage_had_them(stocked, stage) -> None:
    assert list(triage.releases(stocked, stage)) == ["r1", "r2"]


def test_a_notice_that_was_withheld_is_said() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    notice = BugNews("new", iso(now), iso(now), withheld="100 were told of in this hour")
    bug = Bug("v1:aa", iso(now), iso(now), 1, "KeyError", notice=notice)
    assert triage.bug_dict(bug, now)["notTold"] == "100 were told of in this hour"
    lines = list(bug_view.bug_lines(bug, now, None, None))
    assert "not told      100 were told of in this hour" in lines
    told = replace(bug, notice=replace(notice, withheld="", sent=iso(now)))
    assert triage.bug_dict(told, now)["notTold"] is None
    assert not any("not told" in line for line in bug_view.bug_lines(told, now, None, None))
