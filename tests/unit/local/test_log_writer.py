"""A function's log on the stage: whole and in order, however many invocations end at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tocsin.local.runtime import ConfiguredFunction, LogEvent
from tocsin.local.runtime.log_writer import LogWriter

FUNCTION = ConfiguredFunction(
    name="orders", arn="arn", version="$LATEST", handler="h.h", runtime="python3.11",
    memory_mb=128, timeout=3, region="us-east-1", log_group="/aws/lambda/orders",
    endpoint="http://127.0.0.1:9", task_root=Path("/"), opt=Path("/"), runtime_dir=Path("/"),
    scratch=Path("/"),
)  # fmt: skip


class NotFound(ClientError):
    pass


class AlreadyExists(ClientError):
    pass


class Logs:
    """CloudWatch Logs with one group; ``both_asked`` holds the first write until a second came."""

    class exceptions:
        ResourceNotFoundException = NotFound
        ResourceAlreadyExistsException = AlreadyExists

    def __init__(self) -> None:
        self.streams: dict[str, list[str]] = {}
        self.asked = 0
        self.second = threading.Event()

    def put_log_events(self, logGroupName, logStreamName, logEvents):
        self.asked += 1
        if self.asked == 2:
            self.second.set()
        if logStreamName not in self.streams:
            self.second.wait(0.2)
            raise NotFound({"Error": {"Code": "ResourceNotFoundException"}}, "PutLogEvents")
        self.streams[logStreamName] += [event["message"] for event in logEvents]

    def create_log_stream(self, logGroupName, logStreamName):
        if logStreamName in self.streams:
            raise AlreadyExists({"Error": {"Code": "ResourceAlreadyExists"}}, "CreateLogStream")
        self.streams[logStreamName] = []


@pytest.fixture
def logs():
    return Logs()


@pytest.fixture
def writer(logs, monkeypatch):
    made = LogWriter(FUNCTION, "stream")
    monkeypatch.setattr(made, "_connected", lambda: logs)
    return made


def test_two_invocations_that_end_at_once_both_have_their_log(writer, logs) -> None:
    """The environment is warm again long before the first write of its log is through."""
    with ThreadPoolExecutor(2) as several:
        written = list(several.map(writer.write, [(LogEvent(1.0, "a"),), (LogEvent(2.0, "b"),)]))
    assert written == [True, True]
    assert sorted(logs.streams["stream"]) == ["a", "b"]


def test_a_stream_that_a_lost_answer_made_is_written_to(writer, logs, monkeypatch) -> None:
    put = logs.put_log_events

    def late(**given):
        try:
            put(**given)
        except NotFound:
            logs.streams["stream"] = []
            raise

    monkeypatch.setattr(logs, "put_log_events", late)
    assert writer.write((LogEvent(1.0, "a"),))
    assert logs.streams["stream"] == ["a"]


def test_a_refused_log_is_said_once(writer, logs, monkeypatch, logged) -> None:
    def refuse(**_):
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutLogEvents")

    monkeypatch.setattr(logs, "put_log_events", refuse)
    assert [writer.write((LogEvent(1.0, "a"),)) for _ in range(2)] == [False, False]
    assert len(logged) == 1
