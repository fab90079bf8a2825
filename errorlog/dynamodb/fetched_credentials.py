"""Keys that are not in the environment: SnapStart's, and those that only botocore finds.

With SnapStart they are served on loopback. All other ways (profiles, web identity, processes) are
botocore's, which is loaded for them alone.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import json
import os
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

from errorlog.dynamodb.background import Background, StillRunning
from errorlog.dynamodb.connection import Connection, connect
from errorlog.dynamodb.endpoint import Endpoint
from errorlog.dynamodb.failure import NotConfigured, Unreachable
from errorlog.dynamodb.signing_keys import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from errorlog.dynamodb.deadline import Deadline

RENEWED_BEFORE_S = 600
"""Keys that end sooner than this are fetched anew."""
# Whom a token may be sent to in the clear beside this machine: ECS's agent, EKS's, that by IPv6.
_AGENTS = ("169.254.170.2", "169.254.170.23", "fd00:ec2::23")
# Where one of these is set, botocore looks there before it looks into a container.
_BEFORE_A_CONTAINER = (
    "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)  # fmt: skip


class FetchedCredentials:
    """Keeps what it fetched until that ends."""

    def __init__(self) -> None:
        self._fetched: Credentials | None = None
        self._ends = 0.0
        self._session: Any = None
        self._lookup: Background | None = None

    def current(self, deadline: Deadline) -> Credentials:
        """The keys for a write now.

        Raises:
            NotConfigured: there are none.
            TimedOut, Unreachable: what serves them does not.
        """
        get = os.environ.get
        served_at = get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
        other_ways = (get("AWS_ACCESS_KEY_ID"), *map(get, _BEFORE_A_CONTAINER))
        if served_at.startswith("http:") and not any(other_ways):
            return self._of_container(served_at, deadline)
        return self._of_botocore(deadline)

    def _of_container(self, url: str, deadline: Deadline) -> Credentials:
        now = time.time()
        if self._fetched is not None and now < self._ends - RENEWED_BEFORE_S:
            return self._fetched
        try:
            self._fetched, self._ends = _fetch(url, deadline)
        except Unreachable:
            if self._fetched is None or now >= self._ends:
                raise
        return self._fetched

    def _of_botocore(self, deadline: Deadline) -> Credentials:
        # One that an earlier write gave up waiting for has not been in vain.
        lookup, self._lookup = self._lookup or Background(self._ask_botocore), None
        deadline.step = "credentials"
        try:
            with deadline.work:  # mostly the loading of botocore
                found: Credentials = lookup.result(deadline.total_left())
                return found
        except StillRunning:
            self._lookup = lookup
            raise deadline.over() from None

    def _ask_botocore(self) -> Credentials:
        try:
            if self._session is None:
                from botocore.session import Session

                self._session = Session()
            found = self._session.get_credentials()
            frozen = found and found.get_frozen_credentials()
        except Exception as error:
            raise NotConfigured(f"Credentials: {type(error).__name__}: {error}"[:500]) from error
        if not frozen:
            raise NotConfigured("NoCredentialsError: neither in the environment nor by botocore")
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")


def _fetch(url: str, deadline: Deadline) -> tuple[Credentials, float]:
    """Keys, and when they end in epoch seconds."""
    served_at = Endpoint(url, "")
    if not _is_near(served_at.host):
        raise NotConfigured(
            f"Credentials: AWS_CONTAINER_CREDENTIALS_FULL_URI is {url[:200]}, and keys are fetched "
            "over http from this machine or its container's agent only"
        )
    headers = {"host": served_at.authority, "accept": "application/json", "connection": "close"}
    if token := _authorization():
        headers["authorization"] = token
    connection = Connection(served_at, connect(served_at.host, served_at.port, deadline))
    try:
        target = urlsplit(url)._replace(scheme="", netloc="", fragment="").geturl() or "/"
        answer = connection.exchange("GET", target, headers, b"", deadline)
    finally:
        connection.close()
    if answer.status != 200:
        raise Unreachable(f"Credentials: {served_at.url} answered {answer.status}")
    try:
        found = json.loads(answer.body)
        keys = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["Token"])
        return keys, _epoch(found["Expiration"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Unreachable(f"Credentials: {served_at.url} answered without keys") from error


def _is_near(host: str) -> bool:
    try:
        return host == "localhost" or host in _AGENTS or ip_address(host).is_loopback
    except ValueError:  # another name
        return False


def _authorization() -> str:
    file = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    token = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    if file:
        try:
            with open(file, encoding="utf-8") as opened:
                token = opened.read(8_192)
        except (OSError, ValueError) as error:
            raise NotConfigured(f"Credentials: {file}: {error}") from error
    if not token.isprintable():
        raise NotConfigured("Credentials: the authorization token has unprintable characters")
    return token


def _epoch(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()
