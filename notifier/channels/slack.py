"""Slack: blocks, by an incoming webhook, or as a bot that can change and answer its own messages.

Texts from outside stand in ``plain_text`` and ``rich_text`` only, which know no mention, link or
markup; in ``text``, which does, ``&``, ``<`` and ``>`` are escaped.
https://docs.slack.dev/reference/block-kit/blocks,
https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from notifier.explanation import BugSummary, Explanation, RawMessage
from notifier.plain_text import cut, shown
from notifier.wording import bug_count, bug_name, bugs_note, facts, is_address, marked, title

MOST_HEADER = 150
MOST_TEXT = 3_000
MOST_BLOCKS = 50
MOST_URL = 3_000
MOST_BUTTON = 75
# Slack takes some 13,200 characters in all, and nobody reads as many.
BUDGET = 3_000
_MOST_RAW = 2_000

Blocks = list[dict[str, Any]]


def message(said: Explanation, repeat: bool = False) -> dict[str, Any]:
    """What ``chat.postMessage`` and an incoming webhook take, but for the channel."""
    head = title(said, MOST_HEADER, repeat=repeat)
    blocks: Blocks = [_header(head), _paragraph(shown(said.sentence, 600))]
    if said.also:
        blocks.append(
            _paragraph(cut("Also: " + "; ".join(shown(alarm, 200) for alarm in said.also), 600))
        )
    blocks += [_preformatted(_bug(bug)) for bug in said.bugs]
    if note := bugs_note(said):
        blocks.append(_paragraph(note))
    if said.command:
        blocks.append(_preformatted(shown(said.command, 200)))
    if said.runbook_words:
        blocks.append(_paragraph(cut(f"Runbook: {shown(said.runbook_words, 400)}", 420)))
    if buttons := list(_buttons(said)):
        blocks.append({"type": "actions", "elements": buttons})
    where = "" if is_address(said.runbook_link) else shown(said.runbook_link, 260)
    blocks.append(_context(", ".join(filter(None, [*facts(said), where]))))
    return _whole(head, blocks)


def raw(message: RawMessage, repeat: bool = False) -> dict[str, Any]:
    """The message as it came, as far as there is room, below why it is not explained."""
    head = marked(shown(message.subject or "(raw)", MOST_HEADER), MOST_HEADER, repeat)
    blocks: Blocks = [_header(head)]
    if message.why:
        blocks.append(_paragraph(f"Not explained: {shown(message.why, 300)}"))
    blocks.append(_preformatted(shown(message.body, _MOST_RAW)))
    return _whole(head, blocks)


def answer(said: Explanation, repeat: bool = False) -> dict[str, Any]:
    """What is said of a recovery in the thread of its alarm."""
    head = title(said, MOST_HEADER, repeat=repeat)
    return _whole(head, [_paragraph(shown(said.sentence, 600))])


def over(before: Mapping[str, Any], said: Explanation) -> dict[str, Any]:
    """The alarm's own message with a head that says it is over; its numbers and bugs stay."""
    head = title(said, MOST_HEADER)
    kept = [block for block in before.get("blocks", []) if block.get("type") != "header"]
    return _whole(head, [_header(head), *kept])


def problems(made: Mapping[str, Any]) -> list[str]:
    """What Slack would refuse (``invalid_blocks``), or cut off."""
    blocks = made.get("blocks", [])
    found = []
    if not made.get("text"):
        found.append("no text")
    if not 0 < len(blocks) <= MOST_BLOCKS:
        found.append(f"{len(blocks)} blocks")
    for block in blocks:
        kind = block["type"]
        if kind == "header" and not 0 < len(block["text"]["text"]) <= MOST_HEADER:
            found.append("a header that is empty or too long")
        if kind == "context" and len(block["elements"]) > 10:
            found.append("a context of more than 10 elements")
        if kind == "actions":
            found += [
                f"a button that is too long: {button['text']['text'][:20]}"
                for button in block["elements"]
                if len(button["text"]["text"]) > MOST_BUTTON or len(button["url"]) > MOST_URL
            ]
        if (length := sum(map(len, _texts(block)))) > MOST_TEXT:
            found.append(f"a block {kind} of {length} characters")
        if any(not leaf for leaf in _texts(block)):
            found.append(f"an empty text in a block {kind}")
    if sum(len(leaf) for block in blocks for leaf in _texts(block)) > 4 * BUDGET:
        found.append("more text than Slack takes")
    return found


def _whole(head: str, blocks: Blocks) -> dict[str, Any]:
    """Within the budget: what stands last, but for the last, goes first."""
    while len(blocks) > 2 and sum(len(leaf) for block in blocks for leaf in _texts(block)) > BUDGET:
        del blocks[-2]
    return {
        "text": escaped(head),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(text: str) -> str:
    """For the one field that reads markup: no ``<!channel>``, no ``<@U1>``, no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _header(text: str) -> dict[str, Any]:
    # Without `emoji`, `:bug:` in a record's text would be a picture.
    return {"type": "header", "text": _plain(text)}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text or "-", "emoji": False}


def _paragraph(text: str) -> dict[str, Any]:
    element = {"type": "rich_text_section", "elements": [{"type": "text", "text": text or "-"}]}
    return {"type": "rich_text", "elements": [element]}


def _preformatted(text: str) -> dict[str, Any]:
    block = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text or "-"}]}
    return {"type": "rich_text", "elements": [block]}


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_plain(cut(text, 500))]}


def _bug(bug: BugSummary) -> str:
    frame = [shown(bug.top_frame, 120)] if bug.top_frame else []
    return "\n".join([bug_name(bug), bug_count(bug), *frame])


def _buttons(said: Explanation) -> Iterator[dict[str, Any]]:
    links = [(link.label, link.url) for link in said.links]
    if is_address(said.runbook_link):
        links.append(("Runbook", said.runbook_link))
    for label, url in links:
        if len(url) <= MOST_URL:
            yield {"type": "button", "text": _plain(cut(label, MOST_BUTTON)), "url": url}


def _texts(value: Any) -> Iterator[str]:
    """Every text of a block that is shown."""
    if isinstance(value, dict):
        for key, held in value.items():
            if key == "text" and isinstance(held, str):
                yield held
            else:
                yield from _texts(held)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
