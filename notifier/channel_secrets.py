"""The secrets of channels, by name, from Parameter Store or Secrets Manager.

Kept for some minutes, so that a storm asks once, and asked for again when a channel says that one
holds no more. None is ever part of a message, a log line or an exception.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from notifier.aws_clients import client

KEPT_S = 300.0

Fetch = Callable[[str, str], str]
"""(service, name) -> the value."""


class BadSecret(Exception):
    """A secret is not of the form that its channel takes; the message does not hold it."""


@dataclass(frozen=True)
class SecretText:
    """A secret's value, which no ``repr`` shows."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value.strip()

    def fields(self) -> dict[str, Any]:
        """Its fields, where it is JSON."""
        text = self.reveal()
        if not text.startswith("{"):
            return {}
        try:
            found = json.loads(text)
        except ValueError:
            raise BadSecret("a secret that begins as JSON and is none") from None
        return found if isinstance(found, dict) else {}


class ChannelSecrets:
    """Values by reference (``ssm:/shop/slack``); ``fetch`` asks the service."""

    def __init__(self, fetch: Fetch, now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._now = now
        self._kept: dict[str, tuple[float, SecretText]] = {}

    def get(self, reference: str, *, fresh: bool = False) -> SecretText:
        """The secret; ``fresh``: as it is now, whatever was read before."""
        kept = self._kept.get(reference)
        if kept and not fresh and self._now() - kept[0] < KEPT_S:
            return kept[1]
        service, _, name = reference.partition(":")
        found = SecretText(self._fetch(service, name))
        self._kept[reference] = (self._now(), found)
        return found


def fetch(service: str, name: str) -> str:
    """Ask AWS.

    Raises whatever AWS answers: its errors name the secret, not its value.
    """
    if service == "ssm":
        answer = client("ssm").get_parameter(Name=name, WithDecryption=True)
        return str(answer["Parameter"]["Value"])
    return str(client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
