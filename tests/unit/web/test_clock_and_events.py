"""The local stage's clock, and what tells the pages that something changed."""

import asyncio
import contextlib
from datetime import timedelta
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from tests.conftest import DEMO
from tests.console_stage import NOW
from tests.unit.web.conftest import AUTHORITY, ORIGIN, OWN, Given, text_of
from tocsin import config
from tocsin.local import clock
from tocsin.local.clock import AlarmChange, ClockReading
from tocsin.local.errors import LocalStageError
from tocsin.web import Console
from tocsin.web.application import application
from tocsin.web.events import Events
from tocsin.web.troubles import Obstacle


@pytest.fixture
def advanced(monkeypatch) -> list[float]:
    """How far the clock was advanced; each time an alarm fires."""
    done = []

    def advance(_, seconds):
        done.append(seconds)
        change = AlarmChange("orders-error-rate-alarm-local", "OK", "ALARM", NOW, "too many")
        return ClockReading(NOW + timedelta(seconds=sum(done)), sum(done), (change,))

    monkeypatch.setattr(clock, "advance", advance)
    monkeypatch.setattr(
        clock, "read", lambda _: ClockReading(NOW + timedelta(seconds=sum(done)), sum(done))
    )
    return done


def client_of(admission, stage_name):
    account = SimpleNamespace(local="a stage", session=None, client=lambda *_, **__: None)
    console = Console(DEMO, config.load(DEMO, stage_name), lambda: account)
    client = TestClient(
        application(console, admission, AUTHORITY), base_url=ORIGIN, follow_redirects=False
    )
    client.post("/session", data={"token": admission.new_token()}, headers=OWN)
    return client


def test_a_button_lets_time_pass_and_tells_what_changed(admission, advanced) -> None:
    client = client_of(admission, "local")
    said = text_of(client.get("/clock").text)
    assert "2026-11-28 10:31:07Z 0 s ahead of the wall" in said
    assert client.post("/clock", data={"by": "5 min"}, headers=OWN).status_code == 303
    said = text_of(client.get("/clock").text)
    assert "2026-11-28 10:36:07Z 300 s ahead of the wall" in said
    assert "ALARM orders-error-rate-alarm-local too many OK" in said
    assert advanced == [300]


@pytest.mark.parametrize("by", ["", "2 d", "999999999 s", "5m"])
def test_no_other_way_is_gone(admission, advanced, by) -> None:
    client_of(admission, "local").post("/clock", data={"by": by}, headers=OWN)
    assert advanced == []


def test_a_read_never_turns_it(admission, advanced) -> None:
    assert client_of(admission, "local").get("/clock?by=5+min").status_code == 200
    assert advanced == []


def test_a_stage_of_aws_has_no_clock(admission, advanced) -> None:
    client = client_of(admission, "dev")
    assert client.get("/clock").status_code == 404
    assert client.post("/clock", data={"by": "5 min"}, headers=OWN).status_code == 404
    assert 'href="/clock"' not in client.get("/drill").text


def test_a_stage_that_is_gone_says_so(admission, monkeypatch) -> None:
    def gone(*_):
        raise LocalStageError("no local stage answers")

    monkeypatch.setattr(clock, "advance", gone)
    monkeypatch.setattr(clock, "read", gone)
    client = client_of(admission, "local")
    client.post("/clock", data={"by": "5 min"}, headers=OWN)
    said = text_of(client.get("/clock").text)
    assert "The local stage does not run. Type: tocsin deploy --stage local" in said


class Names:
    """A stream as a browser reads it."""

    def __init__(self, events: Events) -> None:
        self._stream = events.stream()

    async def next(self) -> str:
        async for text in self._stream:
            if not text.startswith(":"):
                return text
        raise AssertionError("the stream ended")

    async def opened(self) -> None:
        assert (await anext(self._stream)).startswith(":")

    async def close(self) -> None:
        await self._stream.aclose()


def test_every_stream_is_told_and_told_no_more_than_names(console) -> None:
    async def run() -> list[str]:
        events = Events(console)
        streams = [Names(events), Names(events)]
        for stream in streams:
            await stream.opened()
        await asyncio.to_thread(events.tell, "drill")
        found = [await stream.next() for stream in streams]
        for stream in streams:
            await stream.close()
        return found

    assert asyncio.run(run()) == ["event: drill\ndata:\n\n"] * 2


def test_lists_are_read_while_somebody_looks_and_no_longer(console, bugs, monkeypatch) -> None:
    console.fresh_s = 0.001
    console.alarms._read = Given([])
    reads = []
    read = console.bugs._read
    console.bugs._read = lambda: reads.append(1) or read()

    async def run() -> None:
        events = Events(console)
        stream = Names(events)
        await stream.opened()
        assert {await stream.next(), await stream.next()} == {
            "event: bugs\ndata:\n\n", "event: alarms\ndata:\n\n",
        }  # fmt: skip
        bugs.value = ()
        assert await stream.next() == "event: bugs\ndata:\n\n"
        await stream.close()
        with contextlib.suppress(asyncio.CancelledError):
            await events._watch
        count = len(reads)
        await asyncio.sleep(0.01)
        assert len(reads) == count

    asyncio.run(run())


def test_a_read_with_a_bug_is_told_and_looked_past(console, bugs) -> None:
    """The watch goes on: the bug is told as a change of its list, and so is its end."""
    console.fresh_s = console.bugs._fresh_s = 0.001
    console.alarms._read = console.mutes._read = Given([])
    read, broken = console.bugs._read, True

    def break_or_read():
        return 1 / 0 if broken else read()

    console.bugs._read = break_or_read

    async def run() -> None:
        nonlocal broken
        stream = Names(Events(console))
        await stream.opened()
        assert {await stream.next(), await stream.next()} == {
            "event: bugs\ndata:\n\n", "event: alarms\ndata:\n\n",
        }  # fmt: skip
        assert console.bugs.latest.trouble.obstacle is Obstacle.BROKEN
        broken = False
        assert await stream.next() == "event: bugs\ndata:\n\n"
        assert console.bugs.latest.trouble is None
        await stream.close()

    asyncio.run(run())


def test_streams_are_bounded(console, monkeypatch) -> None:
    monkeypatch.setattr("tocsin.web.events.MOST_STREAMS", 1)

    async def run() -> tuple[int, int]:
        events = Events(console)
        stream = Names(events)
        await stream.opened()
        refused = await events.handle(None)
        await stream.close()
        return refused.status_code, (await events.handle(None)).status_code

    assert asyncio.run(run()) == (503, 200)


def test_nobody_listens_to_what_is_published_before_the_first_stream(console) -> None:
    Events(console).tell("drill")
