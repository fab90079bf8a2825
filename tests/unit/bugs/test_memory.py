"""Failures counted once each, whatever the stream repeats, leaves out or turns round."""

import copy
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bugs.counting import Memory, MemoryBusy
from errorlog.attributes import item
from tests.memory_dynamodb import MemoryDynamoDb
from tests.unit.bugs.conftest import FINGERPRINT, NOON, TABLE, World, all_bugs, record, stream
from tocsin.bugs.bug import iso
from tocsin.bugs.bug_items import key
from tocsin.bugs.states import Resolved, Status

OTHER = "v1:00000000000000bb"
TAKEN = "01KBSJ4V00TCN000000000AAAA"


def counted(number: int, by: str = "c1.1", **changes):
    """The record of the ``number``th failure that a process counts."""
    return record(number, counter=by, counted=number, **changes)


def only_counted(number: int, by: str = "c1.1", **changes):
    """What the collector makes of a line about a failure that was counted only."""
    made = record(number, counter=by, counted=number, function="orders-function-dev",
                  functionName=None, event=None, topFrame=None, errorMessage=None)  # fmt: skip
    return made | {"errorId": f"count:{by}", "timestamp": "-"} | changes


def test_each_record_counts_once(either) -> None:
    either.give(record(1), record(2))
    either.give(record(3, fingerprint=OTHER))
    bug = either.bug()
    assert (bug.count, bug.error_type, bug.message) == (2, "KeyError", "'sku'")
    assert (bug.top_frame, bug.newest_id) == ("stock.py:24 in reserve", record(2)["errorId"])
    assert bug.releases["r1"].count == 2
    assert sum(bug.hours.values()) == 2
    assert either.bug(OTHER).count == 1


def test_a_batch_that_comes_again_changes_nothing(either) -> None:
    batch = stream(record(1), record(2, suppressed=5), counted(7), TAKEN_BACK := record(9))
    either.give_again(batch)
    before = either.bug()
    either.give_again(batch)
    either.give_again({"Records": batch["Records"][1:]})
    either.teller = either.new_teller()
    either.give_again(stream(TAKEN_BACK, first=4))
    assert either.bug() == before
    assert (before.count, len(either.notices)) == (1 + 6 + 7 + 1, 1)


def test_counters_stand_for_what_was_lost_on_the_way(world) -> None:
    world.give(counted(1), counted(2))
    world.give(only_counted(40))
    world.give(counted(21), counted(20))
    world.give(only_counted(41), counted(3, by="c2.1"))
    assert world.bug().count == 41 + 3
    assert world.bug().error_type == "KeyError"


def test_a_record_that_was_taken_back_counts_no_more(either) -> None:
    own = record(1, errorId=TAKEN, source="platform")
    either.give(own, record(2))
    either.give({"removed": True, **own})
    assert either.bug().count == 1
    either.give({"removed": True, **own})
    assert either.bug().count == 1
    either.give(own | {"errorMessage": "known better"})
    assert either.bug().count == 2


def test_what_people_or_time_delete_was_a_failure(world) -> None:
    world.give(record(1))
    world.give({"removed": True, **record(1)})
    assert world.bug().count == 1


def test_a_record_that_turns_out_to_be_another_bug(world) -> None:
    world.give(record(1, errorId=TAKEN), record(2))
    world.give(record(1, errorId=TAKEN, fingerprint=OTHER))
    assert (world.bug().count, world.bug(OTHER).count) == (1, 1)


def test_two_that_count_at_once_do_not_lose_each_other(world, monkeypatch) -> None:
    other, at_once = World(world.client), [True]
    write = MemoryDynamoDb.transact_write_items

    def transact(client, TransactItems):
        if at_once:
            at_once.clear()
            other.give(record(5), counted(30))
        return write(client, TransactItems)

    monkeypatch.setattr(MemoryDynamoDb, "transact_write_items", transact)
    world.give(record(4), counted(20))
    assert world.bug().count == 2 + 30
    assert len(world.notices) + len(other.notices) == 1


def test_a_memory_that_is_always_written_to_gives_the_batch_back(world, monkeypatch) -> None:
    world.give(record(1))
    monkeypatch.setattr(Memory, "_transact", lambda *_: False)
    left = iter([60.0] * 5 + [1.0] * 5)
    with pytest.raises(MemoryBusy):
        world.teller.memory.count(_sightings(record(2)), NOON, lambda: next(left))


def _sightings(*images):
    from bugs.sightings import sightings

    return sightings(stream(*images, first=900), NOON, frozenset())


def test_more_sources_than_one_transaction_takes(world) -> None:
    world.give(*(record(number) for number in range(95)))
    assert world.bug().count == 95


def test_releases_are_in_the_order_in_which_they_came(either) -> None:
    either.give(record(5, release="b"), record(3, release="a"), record(9, release="c"))
    either.teller = either.new_teller()
    either.give(record(1, release="b"))
    order = either.teller.memory.releases.order
    assert sorted(order, key=order.get) == ["b", "a", "c"]


def test_the_drills_failures_are_no_bugs(either) -> None:
    asked = {"tocsin_drill": {"kind": "exception", "milliseconds": 0}}
    either.give(record(1, event=asked), record(2, errorType="DrillFailure"))
    assert either.teller.memory.bug(FINGERPRINT) is None
    held = {"from": iso(NOON - timedelta(minutes=1)), "until": iso(NOON),
            "functions": ["orders-function-dev"]}  # fmt: skip
    either.client.put_item(TableName=TABLE, Item={**key("drill", "d1"), **item(held)})
    either.teller = either.new_teller()
    either.give(record(3, errorType="Sandbox.Timedout"))
    assert (either.bug().count, either.notices) == (1, [])
    assert either.bug().status(NOON) is Status.DRILLED
    either.give(record(4, functionName="payments-function-dev", fingerprint=OTHER))
    assert either.events == [("new", OTHER)]
    either.give(record(5, timestamp=iso(NOON + timedelta(minutes=1)), errorType="Sandbox.Timedout"))
    assert either.events == [("new", OTHER), ("new", FINGERPRINT)], "it fails without a drill too"
    assert either.bug().status(NOON) is Status.NEW


def test_an_exception_of_the_handlers_is_news_during_a_drill_too(either) -> None:
    """What a deploy broke fails while the drill after it is held."""
    held = {"from": iso(NOON - timedelta(minutes=1)), "until": iso(NOON),
            "functions": ["orders-function-dev"]}  # fmt: skip
    either.client.put_item(TableName=TABLE, Item={**key("drill", "d1"), **item(held)})
    either.give(record(1, errorType="KeyError"))
    assert either.events == [("new", FINGERPRINT)]
    assert either.bug().status(NOON) is Status.NEW


def test_it_is_the_drills_where_the_drills_events_are_the_owners(either) -> None:
    held = {"from": iso(NOON - timedelta(minutes=1)), "until": iso(NOON),
            "functions": ["orders-function-dev"],
            "ownEvents": ["orders-function-dev"]}  # fmt: skip
    either.client.put_item(TableName=TABLE, Item={**key("drill", "d1"), **item(held)})
    either.give(record(1, errorType="OutOfStock"))
    assert either.bug().status(NOON) is Status.DRILLED
    either.give(record(2, functionName="payments-function-dev", fingerprint=OTHER))
    assert either.events == [("new", OTHER)]


@pytest.mark.parametrize("either", ["moto"], indirect=True)
def test_what_failed_before_there_was_a_memory_is_no_news(either) -> None:
    old = record(1) | {"timestamp": iso(NOON - timedelta(days=3))}
    either.client.put_item(TableName="error-log-table-dev", Item=item(old))
    either.give(record(2), record(3, fingerprint=OTHER))
    assert either.events == [("new", OTHER)]
    assert either.bug().status(NOON) == Status.SEEN


def test_an_import_of_old_records_tells_nobody(world) -> None:
    old = [record(n, timestamp=iso(NOON - timedelta(days=20 + n))) for n in range(5)]
    world.give(*old)
    assert (world.bug().count, world.notices) == (5, [])
    expired = record(7, expiresAt=int(NOON.timestamp()) - 5, fingerprint=OTHER)
    world.give(expired)
    assert world.teller.memory.bug(OTHER) is None
    world.give(record(8))
    assert world.events == [("new", FINGERPRINT)], "now it fails"


NEXT = "v2:00000000000000cc"


def test_a_new_rule_of_fingerprints_carries_bugs_over(world) -> None:
    world.give(record(1), record(2))
    bug = replace(world.bug(), state=Resolved(iso(NOON), "ann", after="r1"))
    world.teller.memory.put(bug)
    world.give(record(3, fingerprint=NEXT, formerFingerprints=[FINGERPRINT, "x", 5]))
    carried = world.bug(NEXT)
    assert (carried.count, carried.carried_from) == (3, (FINGERPRINT,))
    assert isinstance(carried.state, Resolved)
    assert len(world.notices) == 1
    assert world.bug(FINGERPRINT) == carried, "who asks for the old one finds it"
    # A function that is not deployed anew counts for the same bug, and a rule that makes two
    # bugs of one tells of nworld.
    world.give(record(4), record(5, fingerprint=OTHER, formerFingerprints=[FINGERPRINT]))
    assert (world.bug(NEXT).count, world.bug(OTHER).count) == (4, 1)
    assert len(world.notices) == 1


@given(st.data())
@settings(max_examples=6)
def test_any_deliveries_of_the_same_give_the_same_counts(data) -> None:
    """Counters and records, split into batches at will, each any number of times, in any order
    that a shard allows: a batch may come again, whole, before the next."""
    images = [
        *(counted(n, by) for by in ("a.1", "b.1") for n in range(1, 12)),
        *(only_counted(n, "a.1", timestamp=f"-{n}") for n in range(8, 20)),
        *(record(100 + n, fingerprint=OTHER, suppressed=n) for n in range(4)),
    ]
    images = data.draw(st.permutations(images))
    world, position = World(MemoryDynamoDb()), 0
    while position < len(images):
        size = data.draw(st.integers(1, 12))
        batch = stream(*images[position : position + size], first=position + 1)
        for _ in range(data.draw(st.integers(1, 3))):
            world.give_again(copy.deepcopy(batch))
        position += size
    assert world.bug().count == 19 + 11
    assert world.bug(OTHER).count == 4 + (0 + 1 + 2 + 3)
    assert sorted(world.events) == [("new", FINGERPRINT), ("new", OTHER)]


def test_a_record_without_a_fingerprint_is_a_bug_of_its_function_and_type(world) -> None:
    world.give(record(1, fingerprint=None), record(2, fingerprint="v1:'; --"))
    (bug,) = all_bugs(world.client)
    assert bug.fingerprint.startswith("v0:")
    assert bug.count == 2
