"""A function's log, written as AWS writes it: with the rights of the execution role.

A role that may not write logs has none, on AWS as here; the stage's own log says so once.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tocsin.local.runtime.function import ConfiguredFunction
from tocsin.local.runtime.log_pipe import LogEvent

logger = logging.getLogger(__name__)

# A connection that was kept is closed by the stage at some time: the next write makes a new one.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 3},
    proxies={},
)
_creating = threading.Lock()
# Each session would read what botocore knows of the service anew, a tenth of a second each.
_descriptions = botocore.loaders.create_loader()


class LogWriter:
    """Appends to one log stream of the function's group, one invocation after the other.

    The next invocation of an environment may be over while the log of the one before is still
    being written: both would then make the stream, and the one that came second lost its log.
    """

    def __init__(self, function: ConfiguredFunction, stream: str) -> None:
        self._function = function
        self._place = {"logGroupName": function.log_group, "logStreamName": stream}
        self._client: Any = None
        self._refused = False
        self._turn = threading.Lock()

    def write(self, events: tuple[LogEvent, ...]) -> bool:
        """Append ``events``; False when that is refused. Never raises: it is only a log."""
        messages = [
            {"timestamp": int(event.at * 1000), "message": event.message} for event in events
        ]
        with self._turn:
            return self._write(messages)

    def _write(self, messages: list[dict[str, Any]]) -> bool:
        try:
            client = self._client = self._client or self._connected()
            try:
                client.put_log_events(**self._place, logEvents=messages)
            except client.exceptions.ResourceNotFoundException:
                self._make_stream(client)
                client.put_log_events(**self._place, logEvents=messages)
        except (ClientError, BotoCoreError) as error:
            if not self._refused:
                logger.warning("the log of %s is not written: %s", self._function.name, error)
            self._refused = True
            return False
        return True

    def _make_stream(self, client: Any) -> None:
        try:
            client.create_log_stream(**self._place)
        except client.exceptions.ResourceAlreadyExistsException:
            logger.debug("a write whose answer was lost made the stream")
        except client.exceptions.ResourceNotFoundException:
            try:
                client.create_log_group(logGroupName=self._place["logGroupName"])
            except client.exceptions.ResourceAlreadyExistsException:
                logger.debug("another environment was first to make the group")
            client.create_log_stream(**self._place)

    def _connected(self) -> Any:
        held = self._function.credentials
        with _creating:  # botocore's sessions are not made for several threads at once
            session = botocore.session.Session()
            session.register_component("data_loader", _descriptions)
            return boto3.Session(
                botocore_session=session,
                aws_access_key_id=held["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=held["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=held["AWS_SESSION_TOKEN"],
                region_name=self._function.region,
            ).client("logs", endpoint_url=self._function.endpoint, config=_CONFIG)
