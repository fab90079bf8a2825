"""Remembers bugs: counts what the error table's stream tells, and tells of what is new or back.

It records no errors of its own: they would come back to it by the stream. An alarm looks at how
old the stream's records are (tocsin/stacks/self_monitoring.py).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from bugs.before import Before
from bugs.counting import Memory
from bugs.drills import Drills
from bugs.publishing import sender
from bugs.sightings import sightings
from bugs.telling import Rules, Teller

RULES = "bug_rules.json"
_CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)
_NOT_OURS = ("bugs", "drill")
_teller: Teller | None = None


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """How many sources told of failures, of how many bugs, and how many notices were sent.

    Raises whatever keeps it from counting all: the stream then gives the batch again.
    """
    global _teller
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1_000
    if _teller is None:
        _teller = teller(boto3.client, os.environ)
    return remember(_teller, event, datetime.now(UTC), left_s=lambda: ends - time.monotonic())


def remember(
    told_by: Teller,
    event: Mapping[str, Any],
    now: datetime,
    left_s: Callable[[], float] = lambda: 60.0,
) -> dict[str, int]:
    """The same, of any ``now``."""
    found = sightings(event, now, own_functions(os.environ.get("SUFFIX", "")))
    bugs = told_by.memory.count(found, now, left_s)
    return {"sightings": len(found), "bugs": len(bugs), "told": told_by.tell(bugs, now)}


def own_functions(suffix: str) -> frozenset[str]:
    """Of which no bug is remembered: this one's would go round, the drill's is made to fail."""
    return frozenset(f"{name}-function-{suffix}" for name in _NOT_OURS)


def teller(client: Callable[..., Any], environment: Mapping[str, str]) -> Teller:
    """What this function works with, of its environment and the clients that ``client`` makes."""
    dynamodb = client("dynamodb", config=_CONFIG)
    table = environment["BUGS_TABLE"]
    now = datetime.now(UTC)
    memory = Memory(
        dynamodb,
        table,
        was_before=Before(dynamodb, table, environment["ERROR_LOG_TABLE"], now),
        is_drilled=Drills(dynamodb, table),
    )
    return Teller(
        memory=memory,
        client=dynamodb,
        table=table,
        rules=rules(),
        stage=environment.get("STAGE", ""),
        send=sender(client, environment, _CONFIG),
        say=lambda said: print(json.dumps(said)),  # noqa: T201 - Lambda's way to log
    )


def rules(file: Path | None = None) -> Rules:
    """What is in the archive beside the code; where nothing is, every notice is a ticket."""
    file = file or Path(__file__).with_name(RULES)
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Rules()
    return Rules(said["functions"], tuple(said["severities"]), said["new"], said["regressed"])
