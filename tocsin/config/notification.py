"""Who is told: the subscriptions of a stage, as monitoring.yml declares them."""

import hashlib
import re
from typing import Literal

from pydantic import ValidationInfo, field_validator

from tocsin import names
from tocsin.alarms import Severity
from tocsin.strict_model import StrictModel

# What SNS takes as the endpoint of each protocol, and the words for it.
# https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
_E_MAIL = (r"[^@\s]+@[^@\s]+", "an e-mail address")
_ENDPOINTS = {
    "email": _E_MAIL,
    "email-json": _E_MAIL,
    "https": (r"https://\S+", "a URL that begins with https://"),
    "sms": (r"\+[1-9]\d{1,14}", "a telephone number such as +15555550100"),
    # SNS lets no FIFO queue subscribe to a topic that is not FIFO itself.
    "sqs": (r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+", "the ARN of a queue, no FIFO"),
    "lambda": (
        r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?",
        "the ARN of a function",
    ),
}

# A new alarm goes from INSUFFICIENT_DATA to OK, and a deploy would tell of each: that is no news.
_NO_DRILL = [{"anything-but": {"prefix": names.DRILL_REASON}}]
_NEWS: dict[str, object] = {
    "NewStateReason": _NO_DRILL,
    "$or": [
        {"NewStateValue": ["ALARM"]},
        {"OldStateValue": ["ALARM"]},
        {"NewStateValue": [{"exists": False}]},
    ],
}


def leaves_out_drills(filter_policy: object, scope: str) -> bool:
    """Whether a subscription with these attributes is told of nothing that the drill has set.

    Whatever else the policy asks for has to hold beside that.
    """
    return (
        scope == "MessageBody"
        and isinstance(filter_policy, dict)
        and filter_policy.get("NewStateReason") == _NO_DRILL
    )


class Notification(StrictModel):
    """A subscription: to the pages, or (``ticket``) to every change of every alarm."""

    severity: Severity = "page"
    protocol: Literal["email", "email-json", "https", "sms", "sqs", "lambda"]
    endpoint: str
    stages: list[str] | None = None

    @field_validator("endpoint")
    @classmethod
    def _of_the_protocol(cls, endpoint: str, info: ValidationInfo) -> str:
        pattern, words = _ENDPOINTS.get(info.data.get("protocol", ""), ("", ""))
        if pattern and not re.fullmatch(pattern, endpoint):
            raise ValueError(words)
        return endpoint

    @property
    def topic(self) -> str:
        """The logical id of the topic that it listens to."""
        return "PagesTopic" if self.severity == "page" else "AlertsTopic"

    @property
    def filter_policy(self) -> dict[str, object]:
        """What SNS delivers of: what goes into ALARM or out of it, but what the drill has set.

        Also what is no alarm's message, where it has a NewStateReason.

        https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
        """
        return _NEWS

    @property
    def place(self) -> tuple[str, str]:
        """(region, account) of the ARN of a function or queue."""
        _, _, _, region, account, *_ = self.endpoint.split(":")
        return region, account

    @property
    def logical_id(self) -> str:
        """After what it is, not its place in the list: where an entry goes, CloudFormation would
        give its subscription to the next one, and then end that one's."""
        digest = hashlib.blake2b(f"{self.protocol} {self.endpoint}".encode(), digest_size=5)
        return f"{self.topic.removesuffix('Topic')}Subscription{digest.hexdigest()}"
