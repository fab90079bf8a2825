"""What people read, on file for every kind of alarm: golden/<channel>/<case>.

`TOCSIN_GOLDEN=1` writes them anew: then look at the change.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from notifier import bug_notices, channels
from notifier.explaining import announced, explained
from notifier.explanation import Explanation, PastAlarm, RawMessage
from notifier.incoming import Announcement, BugNotice, read
from tests.unit.notifier.rendering import CHANNELS
from tests.unit.notifier.stage import (
    BUG,
    NOW,
    SEEN,
    Answers,
    body,
    deployed,
    event,
    facts,
    page,
    reason,
    stage,
    told,
)  # fmt: skip
from tocsin import names
from tocsin.alarms import KINDS
from tocsin.drill.audience import announce
from tocsin.stacks.own_alarms import own_alarms_of

GOLDEN = Path(__file__).parent / "golden"
ERRORS = names.alarm("orders", "error-rate", "prod")
LATENCY = names.alarm("orders", "latency", "prod")
PAST = PastAlarm(
    alarm=ERRORS, function="orders", value="7.2 %", owners=("shop",),
    began=NOW.replace(hour=9, minute=53), bugs=(BUG.fingerprint, SEEN.fingerprint),
)  # fmt: skip
REMEMBERED = {
    BUG.fingerprint: {
        "status": "seen", "type": "KeyError", "message": "'sku'", "count": 214,
        "firstSeen": "2026-11-28T10:12:00.000Z", "firstRelease": "r42",
        "topFrame": "stock.py:24 in reserve",
    },
    SEEN.fingerprint: {"status": "resolved", "type": "Timeout", "count": 1},
}  # fmt: skip
FAILING = Answers(deployed(ERRORS, LATENCY), [17.28, 240.0], (BUG, SEEN), known=REMEMBERED)
# A number of the kind's unit, beyond its threshold.
VALUES = {
    "latency": 812.4, "iterator-age": 93_000.0, "async-event-age": 4_000_000.0,
    "timeout-closeness": 5_432.1, "concurrency": 97.0, "queue-age": 1_900.0,
}  # fmt: skip


def firing(alarm: str) -> Explanation:
    """Of the alarm itself, as somebody hears who is told of every change."""
    kind = facts().alarms[alarm].kind
    why = reason(VALUES.get(kind, 9.0), VALUES.get(kind, 8.0))
    if kind == "heartbeat":
        why = "Threshold Crossed: no datapoints were received for 25 periods and 25 missing "
        why += "datapoints were treated as [Breaching]."
    return explained(told(alarm, NewStateReason=why), facts(), FAILING, NOW)


def bug_notice(kind: str) -> Explanation:
    (notice,) = read(
        {
            "tocsin": "bug-notice", "version": 1, "event": kind, "stage": "prod",
            "function": "orders",
            "bug": {
                "fingerprint": BUG.fingerprint, "type": "KeyError", "message": "'sku'", "count": 1,
                "firstSeen": "2026-11-28T10:12:00.000Z", "lastSeen": "2026-11-28T10:16:00.000Z",
                "firstRelease": "r40" if kind == "regressed" else "r42", "lastRelease": "r42",
                "topFrame": "stock.py:24 in reserve", "severity": "page",
                "functions": ["orders-function-prod", "payments-function-prod"],
            },
        }
    )  # fmt: skip
    assert isinstance(notice, BugNotice)
    return bug_notices.explained(notice, facts(), NOW, ("aws", "us-east-1", "123456789012"))


def drill_told() -> Announcement:
    """What a drill tells the topics of itself, as the notifier reads it."""
    published: list[dict[str, str]] = []
    client = SimpleNamespace(publish=lambda **message: published.append(message))
    account = SimpleNamespace(client=lambda _: client)
    topics = SimpleNamespace(alerts="alerts-topic-prod", pages="pages-topic-prod")
    bench: Any = SimpleNamespace(account=account, stage=stage(), topics=topics)
    announce(bench)
    one = event(published[1]["Message"], "pages-topic-prod")
    one["Records"][0]["Sns"]["Subject"] = published[1]["Subject"]
    (told_of,) = read(one)
    assert isinstance(told_of, Announcement)
    return told_of


def of_kinds() -> dict[str, Callable[[], Explanation | RawMessage]]:
    """One of each kind of alarm on a function, and each on what a stage has once."""
    wanted = {
        kind: next(name for name, alarm in facts().alarms.items() if alarm.kind == kind)
        for kind in KINDS
    }
    wanted |= {f"{alarm.subject}-{alarm.kind}": alarm.name for alarm in own_alarms_of(stage())}
    return {kind: lambda name=name: firing(name) for kind, name in wanted.items()}


RAW = RawMessage(
    subject='ALARM: "health-alarm-prod" in US East (N. Virginia)',
    body='{"AlarmName":"health-alarm-prod","NewStateValue":"ALARM"}',
    why="explaining it failed (AccessDeniedException DescribeAlarms)",
    dedup_key="arn:aws:cloudwatch:us-east-1:123456789012:alarm:health-alarm-prod",
)
CASES: dict[str, Callable[[], Explanation | RawMessage]] = {
    **of_kinds(),
    "page": lambda: explained(page(), facts(), FAILING, NOW),
    "page-bugs-late": lambda: explained(page(), facts(), replace(FAILING, found=None), NOW),
    "page-recovery": lambda: explained(
        page("OK"), facts(), replace(FAILING, totals=[1.0, 250.0]), NOW, PAST
    ),
    "recovery": lambda: explained(
        told(LATENCY, "OK", NewStateReason=reason(120.0, 130.0)), facts(), FAILING, NOW,
        replace(PAST, alarm=LATENCY, value="812 ms"),
    ),
    "recovery-nothing-remembered": lambda: explained(
        told(LATENCY, "OK", NewStateReason="Unchecked"), facts(), FAILING, NOW
    ),
    "no-data": lambda: explained(
        told(LATENCY, "INSUFFICIENT_DATA", NewStateReason="Insufficient Data: 1 datapoint was "
             "unknown."), facts(), FAILING, NOW,
    ),
    "another-alarm": lambda: explained(
        told("somebody-elses", NewStateReason="Threshold Crossed"), facts(), FAILING, NOW
    ),
    "new-bug": lambda: bug_notice("new"),
    "regressed-bug": lambda: bug_notice("regressed"),
    "raw": lambda: RAW,
    "drill": lambda: announced(drill_told(), facts()),
}  # fmt: skip
# The form of each channel is the same for all kinds: these show all that it has.
EVERYWHERE = ("page", "page-recovery", "no-data", "new-bug", "regressed-bug", "raw", "drill")


@pytest.mark.parametrize("case", CASES)
def test_a_message_is_as_it_is_on_file(case) -> None:
    what = CASES[case]()
    for channel in CHANNELS:
        made = channel.make(what)
        assert channel.problems(made) == []
        if channel.name != "mail" and case not in EVERYWHERE:
            continue
        file = GOLDEN / channel.name / f"{case}.{channel.suffix}"
        if os.environ.get("TOCSIN_GOLDEN") == "1":
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(channel.text(made), encoding="utf-8")
        assert channel.text(made) == file.read_text(encoding="utf-8")


def test_each_file_of_a_channel_is_among_these() -> None:
    files = {file.stem for file in Path(channels.__path__[0]).glob("[a-z]*.py")}
    assert {channel.name for channel in CHANNELS} == files


def test_nothing_is_on_file_that_nobody_says() -> None:
    assert {path.stem for path in GOLDEN.rglob("*.*")} == set(CASES)
    assert {path.stem for path in (GOLDEN / "slack").iterdir()} == set(EVERYWHERE)


def test_the_page_on_call_reads_first() -> None:
    made = CHANNELS[0].make(CASES["page"]())
    assert made.subject == "ALARM orders prod: errors 7.2 % (limit 5 %), new KeyError"
    first, _, _ = made.body.partition("\n\n")
    assert first.replace("\n", " ") == (
        "orders on prod fails: 7.2 % of 240 calls, limit 5 %, since 10:14 UTC."
    )


def test_a_message_that_may_be_the_second_says_so_in_every_channel() -> None:
    for channel in CHANNELS:
        for what in (CASES["page"](), RAW):
            made = channel.make(what, True)
            assert channel.problems(made) == []
            assert "(repeat)" in channel.text(made) or '"repeat": true' in channel.text(made)


def test_a_drill_opens_no_incident() -> None:
    channels = {channel.name: channel for channel in CHANNELS}
    said = CASES["drill"]()
    told_raw = RawMessage(subject="x", body="{}", why="x", event="drill")
    for made in (channels["webhook"].make(said), channels["webhook"].make(told_raw)):
        assert (made["action"], made["severity"]) == ("notice", "info")
    for name in ("mail", "slack", "teams"):
        assert "DRILL " in channels[name].text(channels[name].make(said))


def test_no_message_leads_to_this_machine() -> None:
    for what in (make() for make in CASES.values()):
        for channel in CHANNELS:
            text = channel.text(channel.make(what))
            assert "localhost" not in text
            assert "127.0.0.1" not in text


def test_the_bodys_of_an_event_are_read_as_cloudwatch_writes_them() -> None:
    (one,) = read(event(body(ERRORS), "alerts-topic-prod"))
    assert (one.severity, one.arn.rpartition(":")[2]) == ("ticket", ERRORS)
