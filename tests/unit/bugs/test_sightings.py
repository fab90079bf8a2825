"""What the stream's records say, whoever has put them there."""

import pytest

from bugs.sightings import MAX_COUNT, sightings
from tests import hostile_records as hostile
from tests.unit.bugs.conftest import NOON, record, stream
from tocsin.bugs.bug import iso


def read(*images):
    return sightings(stream(*images), NOON, frozenset({"bugs-function-dev"}))


def times(**changes):
    (sighting,) = read(record(1, **changes))
    return sighting.occurrence.at


TIMES = [
    ("2026-11-23T11:00:00Z", "2026-11-23T11:00:00.000Z"),
    ("2026-11-23T11:00:00.123456Z", "2026-11-23T11:00:00.123Z"),
    ("2099-01-01T00:00:00Z", iso(NOON)),
    ("0001-01-01T00:00:00Z", iso(NOON)),
    ("1999-01-01T00:00:00Z", iso(NOON)),
    ("2026-11-23", iso(NOON)),
    ("x" * 10_000, iso(NOON)),
]


@pytest.mark.parametrize(("said", "found"), TIMES)
def test_a_time_that_none_can_have_is_when_the_record_came(said, found) -> None:
    assert times(timestamp=said) == found


COUNTS = [
    ({"suppressed": 4}, 5),
    ({"suppressed": -4}, 1),
    ({"suppressed": MAX_COUNT + 1}, 1),
    ({"suppressed": True}, 1),
    ({"suppressed": "9"}, 1),
    ({"suppressed": 1.5}, 1),
    ({"counter": "c.1", "counted": 7, "suppressed": 3}, 7),
    ({"counter": "c.1", "counted": 10**30}, 1),
    ({"counter": "c.1", "counted": "7"}, 1),
    ({"counter": "c/1", "counted": 7}, 1),
    ({"counter": ["c"], "counted": 7}, 1),
]


@pytest.mark.parametrize(("fields", "failures"), COUNTS)
def test_how_many_it_stands_for(fields, failures) -> None:
    (sighting,) = read(record(1, **fields))
    assert sighting.failures == failures


NONE = [
    {"errorId": "stream:ab", "timestamp": "x", "fact": "y"},
    record(1, functionName="bugs-function-dev"),
    record(1, functionName=None),
    record(1, functionName=""),
    record(1, functionName=5),
    record(1, errorId="count:x", functionName=None, function="orders"),
]


@pytest.mark.parametrize("image", NONE)
def test_what_is_no_failure(image) -> None:
    assert read(image) == []


def test_a_batch_of_anything_is_read_as_far_as_it_is_one() -> None:
    broken = [None, {}, {"dynamodb": None}, {"dynamodb": {}, "eventName": "REMOVE"},
              {"dynamodb": {"NewImage": {"errorId": {}}}}]  # fmt: skip
    good = stream(record(1))["Records"]
    assert len(sightings({"Records": [*broken, *good]}, NOON, frozenset())) == 1
    for event in ({}, {"Records": None}):
        with pytest.raises(ValueError, match="list of Records"):
            sightings(event, NOON, frozenset())


def test_hostile_fields_are_bounded_texts_or_none() -> None:
    for value in (*hostile.TEXTS.values(), 5, None, True, ["x"], {"x": "y"}, "x" * 100_000):
        if isinstance(value, str):
            value = value.encode("utf-8", "replace").decode()
        fields = ("errorType", "errorMessage", "topFrame", "release", "fingerprint",
                  "formerFingerprints", "counter", "counted", "expiresAt")  # fmt: skip
        for field in fields:
            for sighting in read(record(1, **{field: value})):
                said = sighting.occurrence
                for text in (said.error_type, said.message, said.top_frame, said.release):
                    assert isinstance(text, str)
                    assert len(text) <= 256
                assert len(said.fingerprint) < 80
