"""How a write fails. Every text begins with a name, as AWS's error codes do."""

from __future__ import annotations


class WriteFailed(Exception):
    """``repeat``: the same call may succeed in a moment. ``down``: the store is busy, hangs or is
    out of reach, so that the next call would fare no better."""

    repeat = False
    down = False


class Refused(WriteFailed):
    """DynamoDB answered, and not with success."""

    def __init__(self, code: str, message: str, *, busy: bool = False) -> None:
        super().__init__(f"{code}: {message}"[:1_000])
        self.repeat = self.down = busy


class TimedOut(WriteFailed):
    """The time for the call is over."""

    down = True


class Unreachable(WriteFailed):
    """No connection, or one that broke."""

    repeat = True
    down = True


class NotConfigured(WriteFailed):
    """Region, credentials or endpoint are missing or cannot be used."""

    down = True  # looking for them again and again may take its time too
