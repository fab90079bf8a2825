"""The log tells what was printed; where it does not answer, nothing is believed for its words."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tests.unit.collector.conftest import START_MS, TABLE, event
from tests.unit.collector.memory_table import MemoryLog, MemoryTable

OWN, ANOTHER = "3f2b1c9e-0000-4000-8000-000000000001", "8c1d2e3f-0000-4000-8000-000000000002"
FORGED = f"2026-11-23T14:00:03.001Z {ANOTHER} Task timed out after 3.00 seconds"
REAL = f"REPORT RequestId: {OWN}\tDuration: 3000.00 ms\tMemory Size: 128 MB\tStatus: timeout"
SUCCEEDS = [f"START RequestId: {OWN} Version: $LATEST", FORGED, f"END RequestId: {OWN}"]
FAILS = [f"START RequestId: {OWN} Version: $LATEST", f"END RequestId: {OWN}", REAL]


def refused(code: str, status: int) -> ClientError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetLogEvents")  # type: ignore[arg-type]


PASSING = {
    "timed out": ReadTimeoutError(endpoint_url="x"),
    "out of reach": EndpointConnectionError(endpoint_url="x"),
    "an error of its own": refused("InternalFailure", 500),
    "too many requests": refused("OfAnyName", 429),
    **{
        code: refused(code, 400)
        for code in (
            "ThrottlingException", "Throttling", "LimitExceededException", "ServiceUnavailable",
            "ServiceUnavailableException", "RequestExpired", "ExpiredTokenException",
        )
    },
}  # fmt: skip
LASTING = {
    "deleted": refused("ResourceNotFoundException", 400),
    "not allowed": refused("AccessDeniedException", 400),
}


class Log(MemoryLog):
    """Refuses so many reads before it answers; a page has as many lines as AWS's."""

    PAGE = 10_000

    def __init__(self, lines, refusals=()):
        super().__init__([(START_MS + at, line) for at, line in enumerate(lines)])
        self.refusals = list(refusals)

    def get_log_events(self, **request):
        if self.refusals:
            raise self.refusals.pop(0)
        return super().get_log_events(**request)


@pytest.fixture
def deliver(collector, settings, capsys):
    """``deliver(line, log)``: the records that are made of a delivery of ``line``."""

    def run(line, log, table=None, minutes=0.1):
        table = table or MemoryTable()
        streams = collector.log_stream.LogStreams(
            log, sleep=lambda _: None, now=lambda: START_MS / 1_000 + 60 * minutes
        )
        at = START_MS + (SUCCEEDS if line == FORGED else [*FAILS, line]).index(line)
        batch = collector.batch.decode(event([(at, line)]))
        store = collector.error_table.Store(TABLE, table)
        collector.handler.collect(batch, settings, store, streams)
        return table.records

    return run


@pytest.mark.parametrize("error", PASSING.values(), ids=PASSING)
def test_a_delivery_comes_again_where_the_log_cannot_be_read_just_now(
    deliver, collector, error
) -> None:
    table, log = MemoryTable(), Log(SUCCEEDS, [error])
    with pytest.raises(collector.log_stream.StreamNotRead):
        deliver(FORGED, log, table)
    assert table.records == []
    assert deliver(FORGED, log, table) == []
    table, log = MemoryTable(), Log(FAILS, [error])
    with pytest.raises(collector.log_stream.StreamNotRead):
        deliver(REAL, log, table)
    (record,) = deliver(REAL, log, table)
    assert record["errorType"] == {"S": "Sandbox.Timedout"}
    assert "unverified" not in record


def test_it_comes_again_where_the_log_is_behind(deliver, collector) -> None:
    table = MemoryTable()
    with pytest.raises(collector.log_stream.StreamNotRead, match="does not have"):
        deliver(FORGED, Log(SUCCEEDS[:1]), table)
    assert deliver(FORGED, Log(SUCCEEDS), table) == []


class Late(Log):
    """Has so many of its lines for the first so many reads, and all of them then."""

    def __init__(self, lines, has, reads):
        super().__init__(lines)
        self.has, self.reads = has, reads

    def get_log_events(self, **request):
        whole = self.lines
        if "nextToken" not in request:
            self.reads -= 1
        if self.reads >= 0:
            self.lines = whole[: self.has]
        try:
            return super().get_log_events(**request)
        finally:
            self.lines = whole


TIMED_OUT = FORGED.replace(ANOTHER, OWN)
ENDS = [FAILS[0], TIMED_OUT, *FAILS[1:]]


@pytest.mark.parametrize("has", [1, 2])
def test_a_log_that_is_some_moments_behind_is_read_again(collector, settings, has) -> None:
    """Behind the line itself, or behind the END that comes with it: three times more."""
    batch = collector.batch.decode(event([(START_MS + 1, TIMED_OUT)]))
    facts = {collector.lines.read(line) for line in batch.lines}
    pauses: list[float] = []

    def failures(reads):
        log = Late(ENDS, has, reads)
        streams = collector.log_stream.LogStreams(log, pauses.append, lambda: START_MS / 1_000)
        return collector.failures.found(streams.around(batch, facts, settings))

    for reads in range(4):
        (failure,) = failures(reads)
        assert failure.error_type == "Sandbox.Timedout"
    assert pauses == [0.3, 0.3, 0.7, 0.3, 0.7, 1.5]
    if has == 1:
        with pytest.raises(collector.log_stream.StreamNotRead):
            failures(4)


def test_so_is_one_that_is_behind_a_report(deliver) -> None:
    (record,) = deliver(REAL, Late(FAILS, 2, 1))
    assert "unverified" not in record


@pytest.mark.parametrize("error", LASTING.values(), ids=LASTING)
def test_a_record_says_that_nothing_can_tell_any_more(deliver, error) -> None:
    (record,) = deliver(REAL, Log(FAILS, [error]))
    assert record["unverified"] == {"BOOL": True}


def test_so_does_that_of_a_line_that_has_expired_when_its_dead_letter_is_redriven(deliver) -> None:
    (record,) = deliver(REAL, Log([]), minutes=3 * 24 * 60)
    assert record["unverified"] == {"BOOL": True}


@pytest.mark.parametrize(("between", "unverified"), [(0, False), (5, False), (6, True), (20, True)])
def test_so_does_that_of_a_call_whose_start_is_behind_too_many_lines(
    deliver, between, unverified
) -> None:
    class Talkative(Log):
        PAGE = 1

    log = Talkative(FAILS)
    start, *ends = log.lines
    # Eight pages are read, of 1 MB each at most; here of a line each.
    log.lines = [(START_MS - 1, start[1]), *[(START_MS, "x")] * between, *ends]
    (record,) = deliver(REAL, log)
    assert ("unverified" in record) == unverified


def test_the_start_of_a_later_call_is_not_that_of_its_own(deliver) -> None:
    class Talkative(Log):
        PAGE = 1

    start, *ends = Talkative(FAILS).lines
    log = Talkative([])
    later = [(START_MS + 3, f"START RequestId: {ANOTHER} Version: $LATEST")]
    log.lines = [(START_MS - 1, start[1]), *[(START_MS, "x")] * 6, *ends, *later]
    (record,) = deliver(REAL, log)
    assert record["unverified"] == {"BOOL": True}


def test_what_needs_no_proof_is_recorded_though_the_log_cannot_be_read(deliver) -> None:
    line = "[ERROR] Runtime.MarshalError: Unable to marshal response\nTraceback"
    (record,) = deliver(line, Log([], [PASSING["timed out"]]))
    assert record["errorType"] == {"S": "Runtime.MarshalError"}
