"""Each channel: how it says a thing, how it says it raw, and what it may not exceed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notifier.channels import mail, slack, teams, webhook
from notifier.explanation import Explanation, RawMessage


@dataclass(frozen=True)
class RenderedChannel:
    """``text`` is what goes over the wire, for reading; ``shown`` all that a client may show."""

    name: str
    said: Callable[..., Any]
    raw: Callable[..., Any]
    problems: Callable[[Any], list[str]]
    suffix: str = "json"

    def make(self, what: Explanation | RawMessage, repeat: bool = False) -> Any:
        made = self.raw if isinstance(what, RawMessage) else self.said
        return made(what, repeat)

    def text(self, made: Any) -> str:
        if isinstance(made, mail.Mail):
            return f"Subject: {made.subject}\n\n{made.body}"
        return json.dumps(made, indent=1, ensure_ascii=False) + "\n"

    def shown(self, made: Any) -> list[str]:
        return [made.subject, made.body] if isinstance(made, mail.Mail) else list(_leaves(made))


CHANNELS = (
    RenderedChannel("mail", mail.mail, mail.raw, mail.problems, "txt"),
    RenderedChannel("slack", slack.message, slack.raw, slack.problems),
    RenderedChannel("teams", teams.message, teams.raw, teams.problems),
    RenderedChannel("webhook", webhook.body, webhook.raw, webhook.problems),
)


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for key, held in value.items() if key != "$schema" for text in _leaves(held)]
    if isinstance(value, list):
        return [text for held in value for text in _leaves(held)]
    return [value] if isinstance(value, str) else []
