"""A bug that is new or back is told once: through the notifier, or to the topics where that fails.

A notice is due from the transaction that made the bug new on, so that none is lost; it is claimed
before it is sent, so that no two runs send it. Who has claimed it and ended may have sent it or
not: then it is sent again. The notifier tells a notice apart by its bug, event and time, and does
not tell it twice.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bugs.counting import Memory
from tocsin.bugs.bug import NEW, Bug, iso
from tocsin.bugs.bug_items import key

MOST_AN_HOUR = 100
"""Notices: where fingerprints never repeat, nobody reads on after so many."""
CLAIMED_FOR = timedelta(seconds=60)
GIVEN_UP_AFTER = timedelta(minutes=15)
PAGE, TICKET, NOBODY = "page", "ticket", "none"
_MAX_FUNCTIONS = 20
_ALWAYS = ("type", "message")
_KEPT_S = 3 * 86_400


class NotTold(Exception):
    """A notice is due and was not sent: the batch is to come again."""


@dataclass(frozen=True)
class Rules:
    """What monitoring.yml says of notices (tocsin/packaging/bug_rules.py writes it).

    ``functions`` has the key and the owner of each deployed name. ``severities`` are looked
    through in their order; a rule's patterns are as in a shell, and each that it has must fit.
    """

    functions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    severities: tuple[Mapping[str, str], ...] = ()
    new: str = TICKET
    regressed: str = TICKET

    def key(self, function: str) -> str:
        return self.functions.get(function, {}).get("key", function)

    def owner(self, bug: Bug) -> str:
        """Who answers for the function that fails most with it."""
        owners = (self.functions.get(name, {}).get("owner", "") for name in most_hit(bug))
        return next((owner for owner in owners if owner), "")

    def severity(self, bug: Bug, event: str) -> str:
        """``page``, ``ticket``, or ``none`` where nobody is to be told."""
        keys = [self.key(function) for function in bug.functions]
        for rule in self.severities:
            if rule.get("event", event) == event and all(
                any(fnmatch.fnmatchcase(text, rule[name]) for text in texts)
                for name, texts in (
                    ("type", [bug.error_type]),
                    ("message", [bug.message]),
                    ("function", [*keys, *bug.functions]),
                )
                if name in rule
            ):
                return rule["severity"]
        return self.new if event == NEW else self.regressed


def most_hit(bug: Bug) -> list[str]:
    """The functions of ``bug``, that which it failed most in first."""
    return sorted(bug.functions, key=lambda name: (-bug.functions[name], name))


@dataclass(frozen=True)
class Teller:
    """``send`` tells people, ``say`` writes a line to the log."""

    memory: Memory
    client: Any
    table: str
    rules: Rules
    stage: str
    send: Callable[[dict[str, Any], str], None]
    say: Callable[[dict[str, Any]], None]

    def tell(self, bugs: list[Bug], now: datetime) -> int:
        """Send the notices of ``bugs`` that are due; how many were sent.

        Raises:
            NotTold: some could not be sent, and are still due.
        """
        sent, waiting = 0, []
        for bug in bugs:
            outcome = self._tell(bug, now) if bug.notice and bug.notice.is_due else ""
            sent += outcome == "sent"
            if outcome and outcome != "sent":
                waiting.append(f"{bug.fingerprint}: {outcome}")
        if waiting:
            raise NotTold("; ".join(waiting)[:1_000])
        return sent

    def _tell(self, bug: Bug, now: datetime) -> str:
        """``sent``, empty where nobody is to be told, or why it was not sent."""
        notice = bug.notice
        assert notice is not None  # noqa: S101 - is_due was asked
        severity = self.rules.severity(bug, notice.event)
        if severity == NOBODY:
            return self._withhold(bug, "monitoring.yml has it told to nobody")
        if notice.made < iso(now - GIVEN_UP_AFTER):
            self.say({"message": "gave a notice up", "fingerprint": bug.fingerprint})
            return self._withhold(bug, f"it could not be sent, {notice.attempts} times")
        if notice.claimed > iso(now - CLAIMED_FOR):
            return "somebody else is sending it"
        if not notice.attempts and not self._within_budget(now):
            self.say({"message": "withheld a notice", "fingerprint": bug.fingerprint})
            return self._withhold(bug, f"{MOST_AN_HOUR} were told of in this hour")
        claimed = self._keep(bug, claimed=iso(now), attempts=notice.attempts + 1)
        if claimed is None:
            return "it changed meanwhile"
        try:
            self.send(self.document(claimed, severity), severity)
        except (BotoCoreError, ClientError) as error:
            self.say({"message": f"{type(error).__name__}: {error}"[:500]})
            self._keep(claimed, claimed="")
            return f"{type(error).__name__}"
        while self._keep(claimed, claimed="", sent=iso(now)) is None:
            found = self.memory.bug(bug.fingerprint)
            if found is None or found.notice is None or found.notice.at != notice.at:
                break  # it is another notice's turn
            claimed = found
        return "sent"

    def document(self, bug: Bug, severity: str) -> dict[str, Any]:
        """The notice of ``bug``, as docs/schemas/bug-notice.json has it.

        The time of its event stays the same however often it is sent: the notifier knows it by
        that.
        """
        notice = bug.notice
        assert notice is not None  # noqa: S101 - it was claimed
        functions = most_hit(bug)
        about = {
            "fingerprint": bug.fingerprint,
            "type": bug.error_type,
            "message": bug.message,
            "count": max(1, bug.count),
            "firstSeen": notice.at if notice.event == NEW else bug.first_seen,
            "lastSeen": bug.last_seen if notice.event == NEW else notice.at,
            "firstRelease": bug.first_release,
            "lastRelease": bug.last_release,
            "topFrame": bug.top_frame,
            "functions": [self.rules.key(name) for name in functions[:_MAX_FUNCTIONS]],
            "owner": self.rules.owner(bug),
            "severity": severity,
            "why": notice.why,
        }
        return {
            "tocsin": "bug-notice",
            "version": 1,
            "event": notice.event,
            "stage": self.stage,
            "function": self.rules.key(functions[0]) if functions else "",
            "bug": {
                name: value
                for name, value in about.items()
                if value not in ("", []) or name in _ALWAYS
            },
        }

    def _withhold(self, bug: Bug, why: str) -> str:
        self._keep(bug, withheld=why)
        return ""

    def _keep(self, bug: Bug, **changes: Any) -> Bug | None:
        assert bug.notice is not None  # noqa: S101 - as above
        return self.memory.put(replace(bug, notice=replace(bug.notice, **changes)))

    def _within_budget(self, now: datetime) -> bool:
        answer = self.client.update_item(
            TableName=self.table,
            Key=key("notices", iso(now)[:13]),
            UpdateExpression="ADD #sent :one SET #expiresAt = :expiresAt",
            ExpressionAttributeNames={"#sent": "sent", "#expiresAt": "expiresAt"},
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":expiresAt": {"N": str(int(now.timestamp()) + _KEPT_S)},
            },
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["sent"]["N"]) <= MOST_AN_HOUR
