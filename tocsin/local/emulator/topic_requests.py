"""What SNS refuses, in the words it was recorded with: topics, subscriptions, messages.

ministack checks few parameters, and names the topic in messages that AWS leaves it out of. A
request that AWS would refuse is answered here; any other is left to the service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from ministack.core.responses import get_region
from ministack.services import sns

from tocsin.local.emulator.topic_messages import (
    LONGEST_MESSAGE,
    batch_problems,
    message_problems,
    size,
)
from tocsin.local.emulator.topic_parameters import Given, Refusal, invalid, listed

# Facts recorded from AWS in 2024 to 2026 unless a page is named.
_TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO = ".fifo"
_PROTOCOLS = frozenset(
    {"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"}
)
_PHONE_NUMBER = re.compile(r"\+[0-9](?:[ -]?[0-9]){3,18}")
_PUBLISHED_NUMBER = re.compile(r"\+?[0-9]{4,19}")
_TOKEN = re.compile(r"[0-9a-f]{200,400}")
# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
_GRANTED = frozenset(
    {
        *("AddPermission", "DeleteTopic", "GetDataProtectionPolicy", "GetTopicAttributes"),
        *("ListSubscriptionsByTopic", "ListTagsForResource", "Publish", "PublishBatch"),
        *("PutDataProtectionPolicy", "Receive", "RemovePermission", "SetTopicAttributes"),
        *("Subscribe", "*"),
    }
)
_SUBSCRIPTION_ATTRIBUTES = frozenset(
    {
        *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"),
        *("RedrivePolicy", "SubscriptionRoleArn"),
    }
)
_DEFAULTS = {"FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "false"}
_OF_A_TOPIC = frozenset(
    {
        *("GetTopicAttributes", "SetTopicAttributes", "DeleteTopic", "Subscribe", "PublishBatch"),
        *("ListSubscriptionsByTopic", "AddPermission", "RemovePermission"),
    }
)
# ``Topic does not exist: arn`` is AWS's sentence with the ARN behind it.
_NAMED = re.compile(rb"<Message>((?:Topic|Subscription) does not exist): [^<]*</Message>")
# https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
_CHANGEABLE = frozenset(
    {
        *("ArchivePolicy", "ContentBasedDeduplication", "DeliveryPolicy", "DisplayName"),
        *("FifoThroughputScope", "KmsMasterKeyId", "Policy", "SignatureVersion", "TracingConfig"),
        *(
            f"{protocol}{outcome}"
            for protocol in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
            for outcome in (
                *("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn"),
                "SuccessFeedbackSampleRate",
            )
        ),
    }
)


def install() -> None:
    """Answer requests as AWS does; what CloudFormation asks of the service is not one."""
    answer = sns.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Any:
        given = {
            name: str(value[0] if isinstance(value, list) and value else value)
            for name, value in query_params.items()
        }
        if method == "POST":
            text = body.decode("utf-8", errors="replace")
            given |= parse_qsl(text, keep_blank_values=True)
        refusal = refused(given)
        if refusal is not None:
            return sns._error(*refusal)
        return _in_aws_words(await answer(method, path, headers, body, query_params))

    sns.handle_request = handle_request


def _in_aws_words(answer: Any) -> Any:
    """An error without the name that ministack puts behind AWS's sentence."""
    if not isinstance(answer, tuple) or len(answer) != 3 or answer[0] < 400:
        return answer
    status, headers, body = answer
    return status, headers, _NAMED.sub(rb"<Message>\1</Message>", body)


def refused(given: Given) -> Refusal | None:
    """The first of what SNS does not take about a request; None where it takes it."""
    return next(_refusals(given.get("Action", ""), given), None)


def _refusals(action: str, given: Given) -> Iterator[Refusal]:
    if action in _OF_A_TOPIC:
        yield from _no_topic(given.get("TopicArn", ""))
    match action:
        case "CreateTopic":
            yield from _new_topic(given)
        case "SetTopicAttributes" if given.get("AttributeName") not in _CHANGEABLE:
            yield invalid("AttributeName")
        case "Subscribe":
            yield from _subscription(given)
        case "Unsubscribe":
            yield from _no_subscription(given.get("SubscriptionArn"))
        case "SetSubscriptionAttributes":
            yield from _subscription_attribute(given)
        case "Publish":
            yield from _published(given)
        case "PublishBatch":
            yield from batch_problems(given)
        case "ConfirmSubscription":
            yield from _token(given.get("Token", ""))
        case "AddPermission":
            yield from _statement(given)
        case "TagResource":
            keys = [tag.get("Key") for tag in listed(given, "Tags.member")]
            if len({*keys}) < len(keys):
                yield invalid("Duplicated keys are not allowed.")


def _no_arn(key: str, arn: str) -> Iterator[Refusal]:
    count = len(arn.split(":"))
    if count < 6:
        yield invalid(f"{key} Reason: An ARN must have at least 6 elements, not {count}")


def _no_topic(arn: str) -> Iterator[Refusal]:
    yield from _no_arn("TopicArn", arn)
    if arn.split(":")[3] != get_region():
        yield invalid("TopicArn")


def _new_topic(given: Given) -> Iterator[Refusal]:
    name, attributes = given.get("Name", ""), _attributes(given)
    is_fifo = attributes.get("FifoTopic", "false").lower() == "true"
    if name.endswith(_FIFO) != is_fifo or not _TOPIC_NAME.fullmatch(name.removesuffix(_FIFO)):
        yield invalid("Topic Name")
    there = next((topic for topic in sns._topics.values() if topic.get("name") == name), None)
    if there is None:
        return
    tags, known = listed(given, "Tags.member"), there.get("tags") or {}
    if any(known.get(tag.get("Key")) != tag.get("Value", "") for tag in tags):
        yield invalid("Tags Reason: Topic already exists with different tags")
    has = {"FifoTopic": "false", **(there.get("attributes") or {})}
    if any(has.get(key) != value for key, value in attributes.items()):
        yield invalid("Attributes Reason: Topic already exists with different attributes")


def _subscription(given: Given) -> Iterator[Refusal]:
    protocol, endpoint = given.get("Protocol", ""), given.get("Endpoint", "")
    if protocol not in _PROTOCOLS:
        yield invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol == "sqs" and not re.fullmatch(r"arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+", endpoint):
        yield invalid("SQS endpoint ARN")
    if protocol == "sms" and not _PHONE_NUMBER.fullmatch(endpoint):
        yield Refusal("InvalidParameter", f"Invalid SMS endpoint: {endpoint}")
    attributes = _attributes(given)
    for key, value in attributes.items():
        for problem in _attribute_problems(key, value):
            yield invalid(f"Attributes Reason: {problem}")
    topic = sns._topic_by_arn_any_scope(given.get("TopicArn", "")) or {}
    for other in topic.get("subscriptions", ()):
        if (other.get("protocol"), other.get("endpoint")) != (protocol, endpoint):
            continue
        has = {**_DEFAULTS, **(other.get("attributes") or {})}
        if any(has.get(key, "").lower() != value.lower() for key, value in attributes.items()):
            told = "Attributes Reason: Subscription already exists with different attributes"
            yield invalid(told)


def _no_subscription(arn: str | None) -> Iterator[Refusal]:
    if not arn:
        yield invalid("SubscriptionArn Reason: no value for required parameter")
        return
    yield from _no_arn("SubscriptionArn", arn)
    if len(arn.split(":")) == 6:
        yield invalid("SubscriptionId")


def _subscription_attribute(given: Given) -> Iterator[Refusal]:
    arn = given.get("SubscriptionArn", "")
    if sns._sub_arn_to_topic.get(arn) is None:
        return  # the service says that there is no such subscription
    name, value = given.get("AttributeName", ""), given.get("AttributeValue", "")
    if name not in _SUBSCRIPTION_ATTRIBUTES:
        yield invalid("AttributeName")
    for problem in _attribute_problems(name, value):
        yield invalid(problem)


def _attribute_problems(name: str, value: str) -> Iterator[str]:
    """What is wrong with one attribute of a subscription.

    Where in a JSON text its fault is was recorded in the words of the parser that AWS has; here it
    is told in those of ours.
    """
    if name == "RawMessageDelivery" and value.lower() not in ("true", "false"):
        yield f"RawMessageDelivery: Invalid value [{value}]. Must be true or false."
    if name in ("FilterPolicy", "RedrivePolicy") and value:
        try:
            found = json.loads(value)
        except (ValueError, RecursionError) as error:
            yield f"{name}: failed to parse JSON. {error}"
            return
        if name == "RedrivePolicy":
            target = found.get("deadLetterTargetArn") if isinstance(found, dict) else None
            if not isinstance(target, str) or len(target.split(":")) < 6:
                yield "RedrivePolicy: deadLetterTargetArn is an invalid arn"


def _token(token: str) -> Iterator[Refusal]:
    waiting = {
        subscription.get("token")
        for topic in sns._topics.values()
        for subscription in topic.get("subscriptions", ())
    }
    if token not in waiting:
        # One that has the form of a token is looked for, any other is not.
        is_one = _TOKEN.fullmatch(token) is not None
        yield invalid("Token") if is_one else Refusal("InvalidParameter", "Invalid token")


def _statement(given: Given) -> Iterator[Refusal]:
    """A statement more for the policy of a topic."""
    topic = sns._topic_by_arn_any_scope(given.get("TopicArn", ""))
    if topic is None:
        return  # the service says that there is none
    try:
        policy = json.loads((topic.get("attributes") or {}).get("Policy") or "{}")
    except ValueError:
        return
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    listed = statements if isinstance(statements, list) else []
    if given.get("Label") in {part.get("Sid") for part in listed if isinstance(part, dict)}:
        yield invalid("Statement already exists")
    actions = [value for name, value in given.items() if name.startswith("ActionName.member.")]
    if not {*actions} <= _GRANTED:
        yield invalid("Policy statement action out of service scope!")


def _published(given: Given) -> Iterator[Refusal]:
    phone_number = given.get("PhoneNumber", "")
    target = given.get("TopicArn") or given.get("TargetArn")
    if phone_number and not target:
        if not _PUBLISHED_NUMBER.fullmatch(phone_number):
            yield invalid(f"PhoneNumber Reason: {phone_number} is not valid to publish to")
    elif given.get("TargetArn") and ":endpoint/" in str(target):
        if target not in sns._platform_endpoints:
            yield invalid("TargetArn Reason: No endpoint found for the target arn specified")
    else:
        yield from _no_topic(target or "")
        if given.get("MessageDeduplicationId") and not str(target).endswith(_FIFO):
            yield invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
                "parameter that is not valid for this topic type"
            )
    if not given.get("Message"):
        yield invalid("Empty message")
    yield from message_problems(given)
    if size(given) > LONGEST_MESSAGE:
        yield invalid("Message too long")


def _attributes(given: Given) -> dict[str, str]:
    pairs = listed(given, "Attributes.entry")
    return {pair.get("key", ""): pair.get("value", "") for pair in pairs}
