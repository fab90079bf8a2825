"""Microsoft Teams: an Adaptive Card for a workflow that waits for a web request.

Texts from outside stand in text runs, which read no Markdown; the one thing that any text of a card
reads, ``{{DATE(...)}}``, is taken apart.
https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from notifier.explanation import BugSummary, Explanation, RawMessage
from notifier.plain_text import cut, shown
from notifier.wording import bug_count, bug_name, bugs_note, facts, is_address, marked, title

# Teams takes 28 KB, workflows less.
MOST_BYTES = 18_000
_MOST_RAW = 4_000
_TEMPLATE = re.compile(r"\{(?=\{)")

Body = list[dict[str, Any]]


def message(said: Explanation, repeat: bool = False) -> dict[str, Any]:
    """The message with its card."""
    colour = {"alarm": "Attention", "recovery": "Good", "drill": "Accent"}.get(
        said.event, "Warning"
    )
    body: Body = [
        _run(
            _text(title(said, 300, repeat=repeat), 320), size="Large", weight="Bolder", color=colour
        ),
        _run(_text(said.sentence, 600)),
    ]
    body += [_run(_text(f"Also: {other}", 200)) for other in said.also]
    for bug in said.bugs:
        body += _bug(bug)
    if note := bugs_note(said):
        body.append(_run(_text(note, 220)))
    if said.command:
        body.append(_run(_text(said.command, 200), fontType="Monospace"))
    if said.runbook_words:
        body.append(_run(f"Runbook: {_text(said.runbook_words, 400)}"))
    where = "" if is_address(said.runbook_link) else said.runbook_link
    last = ", ".join(filter(None, [*facts(said), where]))
    body.append(_run(_text(last, 600), isSubtle=True, size="Small"))
    links = [(link.label, link.url) for link in said.links]
    if is_address(said.runbook_link):
        links.append(("Runbook", said.runbook_link))
    actions = [{"type": "Action.OpenUrl", "title": label, "url": url} for label, url in links]
    return _card(body, actions)


def raw(message: RawMessage, repeat: bool = False) -> dict[str, Any]:
    """The message as it came, as far as there is room, below why it is not explained."""
    head = marked(_text(message.subject or "(raw)", 200), 200, repeat)
    body: Body = [_run(head, size="Large", weight="Bolder", color="Attention")]
    if message.why:
        body.append(_run(f"Not explained: {_text(message.why, 300)}"))
    body.append(_run(_text(message.body, _MOST_RAW), fontType="Monospace"))
    return _card(body, [])


def problems(made: Mapping[str, Any]) -> list[str]:
    """What Teams would refuse, or not show."""
    size = _size(made)
    found = [f"{size} bytes"] if size > MOST_BYTES else []
    for attachment in made.get("attachments", []):
        for block in attachment["content"]["body"]:
            for run in block["inlines"]:
                if not run["text"]:
                    found.append("an empty text")
                if "{{" in run["text"]:
                    found.append("a text that Teams reads as a template")
    return found


def _card(body: Body, actions: list[dict[str, Any]]) -> dict[str, Any]:
    """The card; where it is too large, what stands last goes first, but for the last."""
    while len(body) > 2 and _size(body) + _size(actions) > MOST_BYTES - 1_000:
        del body[-2]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": actions,
    }
    card = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return {"type": "message", "attachments": [card]}


def _size(value: Any) -> int:
    """In bytes, as it is sent."""
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _run(text: str, **look: Any) -> dict[str, Any]:
    return {
        "type": "RichTextBlock",
        "inlines": [{"type": "TextRun", "text": text or "-", **look}],
    }


def _text(text: str, most: int) -> str:
    return cut(_TEMPLATE.sub("{ ", shown(text, most)), most)


def _bug(bug: BugSummary) -> Body:
    lines = [_run(_text(bug_name(bug), 360), weight="Bolder"), _run(_text(bug_count(bug), 200))]
    if bug.top_frame:
        lines.append(_run(_text(bug.top_frame, 120), fontType="Monospace"))
    return lines
