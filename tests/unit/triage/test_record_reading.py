"""Reading the error log: lists, one record, groups, a tail."""

import contextlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from tests.unit.triage.conftest import TIME
from tocsin import triage
from tocsin.aws.account import NotDeployed
from tocsin.bugs.bug import iso
from tocsin.triage import view


def ids(records):
    return [record["errorId"] for record in records]


def test_newest_first_over_all_functions_and_the_collector(account, stage, put) -> None:
    old = put(1)
    other = put(2, functionName="payments-function-dev")
    own = put(3, functionName="collector-function-dev")
    put(4, functionName="somebody-elses-function")
    assert ids(triage.newest(account, stage)) == [own, other, old]
    assert ids(triage.newest(account, stage, limit=2)) == [own, other]
    assert ids(triage.newest(account, stage, "payments")) == [other]
    assert ids(triage.newest(account, stage, "collector")) == [own]


def test_one_record_by_its_id(account, stage, put) -> None:
    put(1)
    wanted = put(2, errorMessage="the one")
    assert triage.show(account, stage, wanted)["errorMessage"] == "the one"


def test_an_unknown_id_is_bad_input(account, stage, put) -> None:
    put(1)
    with pytest.raises(triage.UnknownRecord, match="found no record '01NOSUCH'"):
        triage.show(account, stage, "01NOSUCH")


@pytest.mark.usefixtures("account")
def test_a_missing_table_is_not_deployed(stage) -> None:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        empty = SimpleNamespace(region="eu-west-1", client=lambda _: client)
        client.delete_table(TableName="error-log-table-dev")
        with pytest.raises(NotDeployed, match=r"error-log-table-dev in .*: deploy the stage"):
            triage.newest(empty, stage)


def test_groups_count_what_storms_left_out(account, stage, put) -> None:
    put(1, errorMessage="first")
    put(5, errorMessage="last", functionName="payments-function-dev", suppressed=7)
    put(3, fingerprint="v1:bb", errorType="ValueError")
    records = [
        *triage.since(account, stage, "orders-function-dev", TIME.format(0)),
        *triage.since(account, stage, "payments-function-dev", TIME.format(0)),
    ]
    first, second = triage.group(records)
    assert (first.fingerprint, first.count) == ("v1:aa", 9)
    assert (first.first_seen, first.last_seen) == (TIME.format(1), TIME.format(5))
    assert first.functions == ("orders-function-dev", "payments-function-dev")
    assert first.error_message == "last"
    assert (second.fingerprint, second.count, second.error_type) == ("v1:bb", 1, "ValueError")
    assert set(first.as_dict()) == {
        "fingerprint", "count", "firstSeen", "lastSeen", "functions", "errorType",
        "errorMessage", "newestId", "places",
    }  # fmt: skip


def test_recent_groups_go_back_as_far_as_asked(account, stage, put) -> None:
    now = datetime.now(UTC)
    put(timestamp=iso(now - timedelta(hours=2)), fingerprint="v1:old")
    put(timestamp=iso(now), fingerprint="v1:new")
    found = triage.recent_groups(account, stage, None, 3_600)
    assert [record.fingerprint for record in found] == ["v1:new"]
    assert len(triage.recent_groups(account, stage, None, 3 * 3_600)) == 2


def test_a_tail_gives_each_new_record_once_also_when_it_comes_late(account, stage, put) -> None:
    moment = datetime(2026, 11, 23, 14, 0, 30, tzinfo=UTC)
    put(10)  # there before: not new

    def now():
        polls.append(None)
        if len(polls) == 2:
            put(29, errorMessage="at once")
        if len(polls) == 3:
            put(12, errorMessage="late, as the collector's are")
        if len(polls) == 6:
            raise KeyboardInterrupt
        return moment

    polls: list[None] = []
    found = []
    with contextlib.suppress(KeyboardInterrupt):
        for record in triage.tail(account, stage, "orders", poll_s=0, now=now):
            found.append(record["errorMessage"])
    assert found == ["at once", "late, as the collector's are"]
    assert len(polls) == 6


def test_a_tail_for_a_time_ends_and_looks_once_more_at_the_end(account, stage, put) -> None:
    def now():
        if polls:
            put(second=len(polls))
        polls.append(None)
        return datetime(2026, 11, 23, 14, 0, 30, tzinfo=UTC)

    polls: list[None] = []
    # Shorter than a poll: the only look is the last one.
    assert len(list(triage.tail(account, stage, "orders", 0.01, poll_s=60, now=now))) == 1
    assert len(polls) == 2


def test_a_record_is_shown_whole(account, stage, put) -> None:
    record = triage.show(account, stage, put(1, stackTrace="Traceback:\n  one\n  two"))
    text = "\n".join(view.record_lines(record))
    assert "durationMs    12.5" in text
    assert "Traceback:\n  one\n  two" in text
    assert '"quantity": 3' in text


def test_a_line_of_a_tail_stays_one_line(account, stage, put) -> None:
    record = triage.show(account, stage, put(1, errorMessage="two\nlines"))
    assert "two lines" in view.record_line(record)
