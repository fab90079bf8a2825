"""What a topic delivers: to a function asynchronously, as AWS does, and mail into a folder.

ministack calls a subscribed function once, without the retries and the destination of an
asynchronous invocation, and drops mail. https://docs.aws.amazon.com/sns/latest/dg/sns-lambda-as-subscriber.html
"""

from __future__ import annotations

import json
import logging
import re
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from ministack.services import lambda_svc, sns

logger = logging.getLogger(__name__)

_SENDER = "no-reply@sns.local"


def install(mailbox: Path) -> None:
    """Swap what delivers to functions; mail is put into ``mailbox``, a file for each."""
    sns._deliver_to_lambda = to_function
    fan_out = sns._fanout

    def with_mail(
        topic_arn: str,
        msg_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: dict[str, Any] | None = None,
        message_group_id: str = "",
        message_dedup_id: str = "",
    ) -> None:
        attributes = message_attributes or {}
        fan_out(
            topic_arn, msg_id, message, subject, message_structure, attributes,
            message_group_id, message_dedup_id,
        )  # fmt: skip
        topic = sns._topic_by_arn_any_scope(topic_arn) or {}
        for subscription in topic.get("subscriptions", ()):
            if subscription.get("protocol") == "email" and subscription.get("confirmed"):
                text = sns._resolve_message_for_protocol(message, message_structure, "email")
                if sns._matches_filter_policy(subscription, attributes, text):
                    _put(mailbox, msg_id, subscription["endpoint"], subject, text)

    sns._fanout = with_mail


def to_function(
    endpoint: str,
    envelope: str,
    topic_arn: str,
    sub_arn: str,
    msg_id: str,
    raw_message: str,
    message_attributes: dict[str, Any],
) -> None:
    """Invoke the function ``endpoint`` asynchronously with SNS's event."""
    function, config, name = lambda_svc._get_func_record_for_ref(endpoint)
    if not function or not config:
        logger.warning("topic %s is subscribed by %s, which does not exist", topic_arn, name)
        return
    record = {
        "EventVersion": "1.0",
        "EventSubscriptionArn": sub_arn,
        "EventSource": "aws:sns",
        "Sns": json.loads(envelope),
    }
    invoked = lambda_svc._execution_record_for_config(function, config)
    lambda_svc.invoke_async_with_retry(invoked, {"Records": [record]})


def _put(mailbox: Path, message_id: str, to: str, subject: str, text: str) -> None:
    """Write the mail as a program for mail reads it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = _SENDER, re.sub(r"\s", "", to)
    mail["Subject"] = re.sub(r"\s", " ", subject or "AWS Notification Message")
    mail.set_content(text, charset="utf-8")
    mailbox.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9@.-]", "_", f"{message_id}-{to}")[:150]
    unfinished = mailbox / f"{name}.part"
    unfinished.write_bytes(mail.as_bytes())
    unfinished.replace(mailbox / f"{name}.eml")
