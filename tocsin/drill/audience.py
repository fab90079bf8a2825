"""Who else would hear what the drill brings about, and whether they are spared.

The subscriptions that the stack makes leave out what begins as the states that the drill sets do;
one that somebody made by hand may not. A change that an alarm makes by itself, because functions
fail, all of them would hear, and so would they the composite alarms above one whose state is set:
there the alarms are muted (``mute.py``).

The alarms on what tells people tell them past it as well, by a topic whose messages are texts, and
no filter reads those. No state of theirs is set where somebody is subscribed there.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config.notification import leaves_out_drills
from tocsin.drill.context import Bench
from tocsin.drill.topics import Topics

_UNCONFIRMED = ("PendingConfirmation", "Deleted")


@dataclass(frozen=True)
class Audience:
    """Protocol and endpoint of whoever is subscribed to alerts or pages, the drill's queues apart.

    ``unspared`` would also hear of a state that the drill sets.
    """

    subscribed: frozenset[str]
    unspared: frozenset[str]

    @classmethod
    def of(cls, account: Account, topics: Topics) -> "Audience":
        """Those who hear something now; who has not confirmed hears nothing."""
        subscribed, unspared = set(), set()
        for topic in {topics.alerts, topics.pages}:
            for who, is_spared in _listening(account, topic):
                subscribed.add(who)
                if not is_spared:
                    unspared.add(who)
        return cls(frozenset(subscribed), frozenset(unspared))

    @property
    def why_not_set(self) -> str:
        """Why no state is set; empty where nobody would hear of it."""
        if not self.unspared:
            return ""
        others = ", ".join(sorted(self.unspared))
        return (
            f"{others} would be told, whose subscription does not leave out what the drill sets "
            "(a deploy gives the declared ones their filter)"
        )


NOBODY = Audience(frozenset(), frozenset())


def told_past(account: Account, topics: Topics, alarm: Mapping[str, Any]) -> str:
    """Why the state of ``alarm`` (of DescribeAlarms) is not set: it speaks to further topics, and
    somebody there would hear of it. Empty where nobody would."""
    actions = {
        str(action)
        for kind in ("AlarmActions", "OKActions", "InsufficientDataActions")
        for action in alarm.get(kind, ())
    }
    others = sorted(
        who
        for topic in actions - {topics.alerts, topics.pages}
        if ":sns:" in topic
        for who, is_spared in _listening(account, topic)
        if not is_spared
    )
    if not others:
        return ""
    return (
        f"{', '.join(others)} would be told: {alarm['AlarmName']} tells people past the notifier, "
        "where nothing leaves out what the drill sets"
    )


def _listening(account: Account, topic: str) -> Iterator[tuple[str, bool]]:
    """Protocol and endpoint of each who hears ``topic``, and whether not of what the drill sets."""
    sns = account.client("sns")
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    for subscription in chain.from_iterable(page["Subscriptions"] for page in pages):
        own = f":{names.PROBE_QUEUE_PREFIX}" in subscription["Endpoint"]
        if own or subscription["SubscriptionArn"] in _UNCONFIRMED:
            continue
        attributes = sns.get_subscription_attributes(
            SubscriptionArn=subscription["SubscriptionArn"]
        )["Attributes"]
        if attributes.get("PendingConfirmation") == "true":
            continue
        policy = json.loads(attributes.get("FilterPolicy") or "{}")
        scope = attributes.get("FilterPolicyScope", "")
        is_spared = leaves_out_drills(policy, scope)
        yield f"{subscription['Protocol']} {subscription['Endpoint']}", is_spared


def announce(bench: Bench) -> None:
    """Tell those who listen that a drill is held; by its subject, and through the filters."""
    subject = f"DRILL on {bench.stage.stack_name}: a fire drill is held, nothing is wrong"
    message = {
        "drill": bench.stage.stack_name,
        "NewStateReason": "A fire drill is held; alarms are muted while functions are made to fail",
    }
    for topic in (bench.topics.alerts, bench.topics.pages):
        bench.account.client("sns").publish(
            TopicArn=topic, Subject=subject[:100], Message=json.dumps(message)
        )
