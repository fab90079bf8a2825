"""The way to people: the notifier, or where that is not to be had the topic that alarms use."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

_MAX_SUBJECT = 99  # https://docs.aws.amazon.com/sns/latest/api/API_Publish.html


def sender(
    client: Callable[..., Any], environment: Mapping[str, str], config: Any
) -> Callable[[dict[str, Any], str], None]:
    """``send(document, severity)``; raises what AWS's SDK does where neither takes it."""
    notifier = environment.get("NOTIFIER_FUNCTION", "")
    topics = {
        "page": environment.get("PAGES_TOPIC_ARN", ""),
        "ticket": environment.get("ALERTS_TOPIC_ARN", ""),
    }

    def send(document: dict[str, Any], severity: str) -> None:
        if notifier:
            try:
                client("lambda", config=config).invoke(
                    FunctionName=notifier,
                    InvocationType="Event",
                    Payload=json.dumps(document).encode(),
                )
                return
            except (BotoCoreError, ClientError):
                if not topics[severity]:
                    raise
        client("sns", config=config).publish(
            TopicArn=topics[severity], Subject=subject(document), Message=message(document)
        )

    return send


def subject(document: Mapping[str, Any]) -> str:
    """ASCII, in one line: ``NEW BUG orders prod: KeyError``."""
    bug = document["bug"]
    text = f"{document['event'].upper()} BUG {document['function']} {document['stage']}: "
    text += str(bug.get("type", ""))
    plain = "".join(
        character if character.isascii() and character.isprintable() else "?" for character in text
    )
    return plain[:_MAX_SUBJECT]


def message(document: Mapping[str, Any]) -> str:
    """The document as JSON of ASCII, with the sentence that lets it through the topic's filters.

    Those pass on what has a ``NewStateReason`` and no ``NewStateValue`` (resources/alerts.yml.j2).
    """
    bug = document["bug"]
    came = "is back" if document["event"] == "regressed" else "is new"
    said = f"{bug.get('type', 'A bug')} {came} in {document['function']} on {document['stage']}: "
    said += f"./inv errors-show {bug['fingerprint']} --stage {document['stage']}"
    return json.dumps({"NewStateReason": said, **document}, indent=2)
