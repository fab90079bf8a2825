"""A function's output as log events: lines, frames, and both mixed."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.local.runtime.log_pipe import LogEvent, LogPipe


def frame(message: str, at: float = 1_795_435_200.25) -> bytes:
    """As awslambdaric's FramedTelemetryLogSink writes it."""
    body = message.encode()
    return (
        b"\xa5\x5a\x00\x03"
        + len(body).to_bytes(4, "big")
        + int(at * 1_000_000).to_bytes(8, "big")
        + body
    )


@pytest.fixture
def pipe() -> Iterator[LogPipe]:
    pipe = LogPipe()
    yield pipe
    pipe.close()


def write(pipe: LogPipe, data: bytes) -> None:
    os.write(pipe.write_fd, data)


def messages(events: list[LogEvent]) -> list[str]:
    return [event.message for event in events]


def test_each_printed_line_is_an_event(pipe: LogPipe) -> None:
    write(pipe, b"one\ntwo\n\nthree\n")
    assert messages(pipe.take()) == ["one", "two", "three"]
    assert pipe.take() == []
    pipe.hand_over()


def test_a_frame_is_one_event_however_many_lines(pipe: LogPipe) -> None:
    write(pipe, frame("[ERROR] Boom\nTraceback\n  File"))
    (event,) = pipe.take()
    assert event == LogEvent(1_795_435_200.25, "[ERROR] Boom\nTraceback\n  File")
    pipe.hand_over()


def test_lines_and_frames_keep_their_order(pipe: LogPipe) -> None:
    write(pipe, b"before\n" + frame("framed") + b"no newline" + frame("again") + b"after\n")
    assert messages(pipe.take()) == ["before", "framed", "no newline", "again", "after"]
    pipe.hand_over()


def test_text_that_looks_like_a_frame_is_text(pipe: LogPipe) -> None:
    write(pipe, "cost: 5 ¥Z\n".encode() + frame("¥Z"))
    assert messages(pipe.take()) == ["cost: 5 ¥Z", "¥Z"]
    pipe.hand_over()


def test_the_last_words_of_a_process_need_no_newline(pipe: LogPipe) -> None:
    write(pipe, b"segmentation")
    assert pipe.take() == []
    pipe.hand_over()
    assert messages(pipe.take()) == ["segmentation"]


def test_more_than_the_pipe_holds_does_not_block_the_writer(pipe: LogPipe) -> None:
    for _ in range(100):
        write(pipe, b"x" * 9_999 + b"\n")
    assert len(pipe.take()) == 100
    pipe.hand_over()


texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\0", exclude_categories=("Cs",)),
    min_size=1,
)
pieces = st.lists(st.tuples(st.booleans(), texts), max_size=8)


@given(pieces=pieces, cuts=st.lists(st.integers(0, 400), max_size=5))
def test_however_the_bytes_arrive_the_events_are_the_same(
    pieces: list[tuple[bool, str]], cuts: list[int]
) -> None:
    data = b"".join(frame(text) if framed else text.encode() + b"\n" for framed, text in pieces)
    pipe = LogPipe()
    try:
        found, edges = [], [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        for start, end in itertools.pairwise(edges):
            write(pipe, data[start:end])
            found += pipe.take()
        assert messages(found) == [text for _, text in pieces]
    finally:
        pipe.hand_over()
        pipe.close()
