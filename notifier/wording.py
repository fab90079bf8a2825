"""The words that all channels share; each is one line, with what is from outside shown as text."""

from __future__ import annotations

from notifier.explanation import BugSummary, Explanation
from notifier.plain_text import cut, shown
from notifier.quantities import clock, times

REPEAT = "(repeat)"
"""What marks a message that may be there already: whether the first got through is not known."""

MOST_MESSAGE = 256


def title(said: Explanation, most: int, *, repeat: bool = False) -> str:
    """``ALARM orders prod: errors 7.2 % (limit 5 %)``"""
    head = f"{said.word} {said.function} {said.stage}: {said.headline}"
    return marked(shown(head, most), most, repeat)


def marked(text: str, most: int, repeat: bool) -> str:
    """``text`` within ``most`` characters, the mark of a repeat among them."""
    mark = f" {REPEAT}" if repeat else ""
    return cut(text, most - len(mark)) + mark


def bug_name(bug: BugSummary) -> str:
    """``NEW KeyError: 'sku'``"""
    memory = bug.memory.upper() if bug.memory else "BUG"
    name = shown(bug.type, 80)
    return (
        f"{memory} {name}: {shown(bug.message, MOST_MESSAGE)}"
        if bug.message
        else f"{memory} {name}"
    )


def bug_count(bug: BugSummary) -> str:
    """``17 times since 10:14 UTC, first seen 21 Nov 09:30 UTC in r40``"""
    since = f" since {clock(bug.counted_from)}" if bug.counted_from else ""
    seen = ""
    if bug.first_seen and bug.first_seen != bug.counted_from:
        seen = f" seen {clock(bug.first_seen, bug.counted_from)}"
    release = f" in {shown(bug.first_release, 60)}" if bug.first_release else ""
    first = f", first{seen}{release}" if seen or release else ""
    return f"{times(bug.count, bug.at_least)}{since}{first}"


def bugs_note(said: Explanation) -> str:
    """What is to be said of the bugs that are not shown; empty where that is nothing."""
    if said.bugs_note:
        return f"Bugs: {shown(said.bugs_note, 200)}"
    return f"and {said.more_bugs} more" if said.more_bugs else ""


def facts(said: Explanation) -> list[str]:
    """Alarm, severity, owner, and by what two people know that they mean the same message."""
    owner = f"owner {said.owner}" if said.owner else ""
    identity = f"id {said.identity}" if said.identity else ""
    named = [said.alarm, f"severity {said.severity}", owner, identity]
    return [shown(fact, 260) for fact in named if fact]


def is_address(link: str) -> bool:
    """Whether the runbook is somewhere on the web, and not a file of the project."""
    return link.startswith("https://")
