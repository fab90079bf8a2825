"""Who is told: people, by the notifier's messages, and programs, by CloudWatch's own."""

import hashlib
import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from tocsin import names
from tocsin.alarms import Severity
from tocsin.config.local_names import is_local
from tocsin.strict_model import StrictModel

# What each protocol takes as its endpoint, and the words for it. SNS's own:
# https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
_E_MAIL = (r"[^@\s]+@[^@\s]+", "an e-mail address")
_HTTPS = (r"https://\S+", "a URL that begins with https://")
_ENDPOINTS = {
    "email": _E_MAIL,
    "email-json": _E_MAIL,
    "https": _HTTPS,
    "sms": (r"\+[1-9]\d{1,14}", "a telephone number such as +15555550100"),
    # SNS lets no FIFO queue subscribe to a topic that is not FIFO itself.
    "sqs": (r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]+", "the ARN of a queue, no FIFO"),
    "lambda": (
        r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?",
        "the ARN of a function",
    ),
    "webhook": _HTTPS,
}
# What stands in for a receiver on the local stage.
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d{1,5})?(/\S*)?")

BY_MAIL = frozenset({"email", "sms"})
"""Told by the notifier through a topic of SNS's, which has the addresses."""

BY_REQUEST = frozenset({"slack", "teams", "webhook"})
"""Told by the notifier itself, with a secret that it reads by name."""

EXPLAINED = BY_MAIL | BY_REQUEST

OWNER = r"^[a-z0-9][a-z0-9-]*$"
SECRET = r"^(ssm|secretsmanager):[A-Za-z0-9/_.+=@-]{1,512}$"  # noqa: S105 - the form of its name
CHANNEL = r"^[CGD][A-Z0-9]{7,20}$"
WORDS = {
    OWNER: "an owner of lower-case letters, digits and hyphens, such as shop",
    SECRET: "where the secret is, by its name: ssm:/shop/slack or secretsmanager:shop/slack",
    CHANNEL: "the id of a Slack channel, such as C0123456789",
}

Owner = Annotated[str, StringConstraints(pattern=OWNER, max_length=30)]
Secret = Annotated[str, StringConstraints(pattern=SECRET)]
Channel = Annotated[str, StringConstraints(pattern=CHANNEL)]

# A new alarm goes from INSUFFICIENT_DATA to OK, and a deploy would tell of each: that is no news.
_NO_DRILL = [{"anything-but": {"prefix": names.DRILL_REASON}}]
NEWS: dict[str, object] = {
    "NewStateReason": _NO_DRILL,
    "$or": [
        {"NewStateValue": ["ALARM"]},
        {"OldStateValue": ["ALARM"]},
        {"NewStateValue": [{"exists": False}]},
    ],
}
"""What SNS delivers of: what goes into ALARM or out of it, but what the drill has set.

Also what is no alarm's message, where it has a NewStateReason.

https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
"""


def leaves_out_drills(filter_policy: object, scope: str) -> bool:
    """Whether a subscription with these attributes is told of nothing that the drill has set.

    Whatever else the policy asks for has to hold beside that.
    """
    return (
        scope == "MessageBody"
        and isinstance(filter_policy, dict)
        and filter_policy.get("NewStateReason") == _NO_DRILL
    )


def people_topic_id(part: str) -> str:
    """The logical id of the topic of people who are told of ``part``."""
    return f"People{names.camel(part)}Topic"


class Notification(StrictModel):
    """Who is told of the pages, or (``ticket``) of every change of every alarm.

    ``owners``: only of what is theirs, for people. ``secret`` is the name of a parameter or secret:
    a Slack webhook's URL or a bot's token (with ``channel``), a Teams workflow's URL, or the key
    that signs a webhook's messages.
    """

    severity: Severity = "page"
    protocol: Literal[
        "email", "email-json", "https", "sms", "sqs", "lambda", "slack", "teams", "webhook"
    ]
    stages: list[str] | None = None
    owners: list[Owner] = Field(default_factory=list)
    endpoint: str | None = Field(default=None, validate_default=True)
    secret: Secret | None = Field(default=None, validate_default=True)
    channel: Channel | None = None

    @field_validator("owners")
    @classmethod
    def _of_people(cls, owners: list[str], info: ValidationInfo) -> list[str]:
        if owners and info.data.get("protocol") not in EXPLAINED:
            raise ValueError("no owners for a program, which is told of all")
        return sorted(set(owners))

    @field_validator("endpoint")
    @classmethod
    def _of_the_protocol(cls, endpoint: str | None, info: ValidationInfo) -> str | None:
        protocol = info.data.get("protocol", "")
        pattern, words = _ENDPOINTS.get(protocol, ("", ""))
        if endpoint is None:
            # A webhook's may be in its secret.
            if pattern and protocol != "webhook":
                raise PydanticCustomError("missing", "Field required")
            return None
        if protocol in BY_REQUEST and not pattern:
            raise ValueError(f"no endpoint for {protocol}: its secret holds it")
        if protocol == "webhook" and _LOOPBACK.fullmatch(endpoint):
            stages = info.data.get("stages")
            if not stages or not all(is_local(stage) for stage in stages):
                raise ValueError(f"{words}; one of this machine with `stages: [local]` alone")
        elif pattern and not re.fullmatch(pattern, endpoint):
            raise ValueError(words)
        return endpoint

    @field_validator("secret")
    @classmethod
    def _where_it_is_needed(cls, secret: str | None, info: ValidationInfo) -> str | None:
        protocol = info.data.get("protocol", "")
        if secret is None and protocol in BY_REQUEST:
            raise PydanticCustomError("missing", "Field required")
        if secret is not None and protocol not in BY_REQUEST:
            raise ValueError(f"no secret for {protocol}")
        return secret

    @field_validator("channel")
    @classmethod
    def _of_slack(cls, channel: str | None, info: ValidationInfo) -> str | None:
        if channel is not None and info.data.get("protocol") != "slack":
            raise ValueError("no channel but for slack")
        return channel

    @property
    def is_explained(self) -> bool:
        """Whether the notifier tells them, in place of CloudWatch's own message."""
        return self.protocol in EXPLAINED

    @property
    def is_subscribed(self) -> bool:
        """Whether SNS tells them."""
        return self.protocol not in BY_REQUEST

    @property
    def part(self) -> str:
        """What tells the topic of people like them from others; empty for pages of all owners."""
        if not self.owners:
            return "" if self.severity == "page" else self.severity
        # Not the owners themselves, whose names could be those of parts and stages.
        owners = " ".join(self.owners)
        return f"{self.severity}-{hashlib.blake2b(owners.encode(), digest_size=3).hexdigest()}"

    @property
    def topic(self) -> str:
        """The logical id of the topic that they listen to."""
        if self.is_explained:
            return people_topic_id(self.part)
        return "PagesTopic" if self.severity == "page" else "AlertsTopic"

    @property
    def filter_policy(self) -> dict[str, object] | None:
        """What SNS delivers of; None: all that the notifier says."""
        return None if self.is_explained else NEWS

    @property
    def place(self) -> tuple[str, str]:
        """(region, account) of the ARN of a function or queue."""
        _, _, _, region, account, *_ = (self.endpoint or "").split(":")
        return region, account

    @property
    def digest(self) -> str:
        """Of where they are told; a secret's name is no secret."""
        where = f"{self.protocol} {self.endpoint}"
        if self.protocol in BY_REQUEST:
            where = f"{self.protocol} {self.endpoint} {self.secret} {self.channel}"
        return hashlib.blake2b(where.encode(), digest_size=5).hexdigest()

    @property
    def logical_id(self) -> str:
        """After what it is, not its place in the list: where an entry goes, CloudFormation would
        give its subscription to the next one, and then end that one's."""
        return f"{self.topic.removesuffix('Topic')}Subscription{self.digest}"
