"""The topics by which the notifier tells people who have mail or a telephone.

One for each selection of what they are told (severity, owners): a subscription to it has no filter,
for what is sent when the notifier itself does not work has nothing to filter by.
"""

from tocsin import names
from tocsin.config import Notification, Stage
from tocsin.config.notification import people_topic_id

EVERYBODY = ""


def people_topics(stage: Stage) -> dict[str, str]:
    """The part of a topic's name -> its logical id; none where nobody is told by the notifier."""
    if not stage.people:
        return {}
    parts = {route.part: route.topic for route in stage.people if route.is_subscribed}
    return dict(sorted(parts.items())) or {EVERYBODY: people_topic_id(EVERYBODY)}


def fallback_part(stage: Stage) -> str:
    """Of the topic that raw messages go to: that of all pages, or who is nearest to them."""
    topics = people_topics(stage)
    return EVERYBODY if EVERYBODY in topics else next(iter(topics))


def has_mail(stage: Stage) -> bool:
    """Whether a raw message reaches anybody."""
    return any(route.is_subscribed for route in stage.people)


def route_id(notification: Notification, stage: Stage) -> str:
    """What a receiver is called in logs, in the notifier's items and in the answer of a check."""
    if notification.is_subscribed:
        return names.people_topic(notification.part, stage.suffix)
    return f"{notification.protocol}-{notification.digest}"
