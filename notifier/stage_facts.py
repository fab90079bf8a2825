"""What is known of the stage before anything happens: a file in this function's archive.

Written when the stage is packaged (tocsin/packaging/notifier_facts.py): functions and their owners,
what each alarm measures, the runbook's words, who is told by which channel. No secret is in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notifier.incoming import Severity

FILE = Path(__file__).with_name("facts.json")


@dataclass(frozen=True, kw_only=True)
class FunctionFacts:
    """A function; ``name`` as deployed."""

    key: str
    name: str
    log_group: str
    owner: str = ""
    dashboard: str = ""


@dataclass(frozen=True, kw_only=True)
class AlarmFacts:
    """A metric alarm: ``subject`` is a function's key, or the part of the monitoring it is on.

    ``share`` holds the metrics of a ratio, as GetMetricData takes them: all but the second in the
    second, which are ``share_of`` (calls). ``below``: it fires where there is too little.
    ``limits`` are (calls in a period from which it holds, the threshold there), from many to few,
    where the threshold depends on that.
    """

    name: str
    subject: str
    kind: str
    severity: Severity
    what: str
    anchor: str
    command: str
    noun: str
    unit: str
    threshold: float
    period: int
    periods: int
    below: bool = False
    share_of: str = ""
    share: tuple[Mapping[str, Any], ...] = ()
    limits: tuple[tuple[float, float], ...] = ()

    def asked_of(self, calls: float) -> float:
        """The threshold for so many ``calls`` in a period."""
        return next((limit for least, limit in self.limits if calls >= least), self.threshold)


@dataclass(frozen=True, kw_only=True)
class Route:
    """Somebody who is told. ``topic`` for those whom SNS tells, else ``secret`` and the like."""

    id: str
    protocol: str
    severity: Severity
    owners: tuple[str, ...] = ()
    topic: str = ""
    endpoint: str = ""
    secret: str = ""
    channel: str = ""

    @property
    def name(self) -> str:
        """What people know it by, as monitoring.yml has it: ``slack C0123456789 ssm:/shop/slack``.

        The name of a secret is none.
        """
        return " ".join(filter(None, (self.protocol, self.channel, self.secret or self.topic)))


@dataclass(frozen=True, kw_only=True)
class StageFacts:
    """``people_topic`` is where the raw message goes when all else fails."""

    service: str
    stage: str
    people_topic: str
    runbook: str
    dashboard: str
    command: str
    bug_command: str
    has_mail: bool
    functions: Mapping[str, FunctionFacts] = field(default_factory=dict)
    alarms: Mapping[str, AlarmFacts] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()

    def command_for_bug(self, fingerprint: str) -> str:
        """What opens the bug; empty where ``fingerprint`` is not of that form."""
        if not fingerprint.replace(":", "").isalnum():
            return ""
        return self.bug_command.replace("{fingerprint}", fingerprint)

    def dashboard_of(self, function: FunctionFacts | None) -> str:
        """The dashboard with the function's row; the stage's where it has none, or is None."""
        return (function.dashboard if function else "") or self.dashboard

    def function_of(self, deployed: str) -> FunctionFacts | None:
        """The function that is deployed under this name."""
        return next(
            (function for function in self.functions.values() if function.name == deployed), None
        )

    def routes_for(self, severity: Severity, owners: set[str]) -> list[Route]:
        """Who is told of something of this severity that is ``owners``'.

        An empty owner is one whom nobody knows. What no route is for goes to all of the severity:
        it is lost to none.
        """
        told = [route for route in self.routes if route.severity == severity]
        of_owners = [
            route
            for route in told
            if not route.owners or not owners or "" in owners or owners & set(route.owners)
        ]
        return of_owners or told


def load(file: Path = FILE) -> StageFacts:
    return read(json.loads(file.read_text(encoding="utf-8")))


def read(data: Mapping[str, Any]) -> StageFacts:
    """The facts as written by ``notifier_facts``; what this version does not know is left out."""
    given = dict(data)
    given.pop("version", None)
    return StageFacts(
        functions={
            key: FunctionFacts(key=key, **facts) for key, facts in given.pop("functions").items()
        },
        alarms={
            name: AlarmFacts(
                name=name,
                **{
                    **facts,
                    "share": tuple(facts.get("share", ())),
                    "limits": tuple((least, limit) for least, limit in facts.get("limits", ())),
                },
            )
            for name, facts in given.pop("alarms").items()
        },
        routes=tuple(
            Route(**{**route, "owners": tuple(route.get("owners", ()))})
            for route in given.pop("routes")
        ),
        **given,
    )
