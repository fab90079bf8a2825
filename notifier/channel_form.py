"""What a channel makes of a message: explained or raw, and within what the channel takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from notifier.explanation import Explanation, RawMessage

Made = TypeVar("Made")


class BadMessage(Exception):
    """What was made is not what the channel takes."""


@dataclass(frozen=True)
class ChannelForm(Generic[Made]):
    """``explained`` and ``raw`` make a message, marked as a repeat where that is told;
    ``problems`` are what the channel would refuse of it."""

    explained: Callable[[Explanation, bool], Made]
    raw: Callable[[RawMessage, bool], Made]
    problems: Callable[[Made], list[str]]

    def made(self, said: Explanation | RawMessage, *, repeat: bool) -> Made:
        """The channel's form of ``said``.

        Raises:
            BadMessage: the channel would not take it.
        """
        made = (
            self.raw(said, repeat) if isinstance(said, RawMessage) else self.explained(said, repeat)
        )
        problems = self.problems(made)
        if problems:
            raise BadMessage("; ".join(problems))
        return made
