"""What SNS refuses, in the words it was recorded with: topics, subscriptions, messages.

ministack checks few parameters, and names the topic in messages that AWS leaves it out of. A
request that AWS would refuse is answered here; any other is left to the service.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from ministack.core.responses import get_region
from ministack.services import sns

Given = Mapping[str, str]
"""The parameters of a request, empty ones too."""


class Refusal(NamedTuple):
    """An error as SNS answers with."""

    code: str
    message: str
    status: int = 400


# Facts recorded from AWS in 2024 to 2026 unless a page is named.
LONGEST_MESSAGE = 262_144
"""Bytes, with the names, types and values of its attributes."""
LONGEST_SUBJECT = 100
MOST_ENTRIES = 10
"""Of a batch."""
_LONGEST_ENTRY_ID = 80
_TOPIC_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO = ".fifo"
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_RequestParameters
_NO_SUBJECT = re.compile(r"[\x00-\x1f\x7f]")
_PROTOCOLS = frozenset(
    {"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"}
)
_PHONE_NUMBER = re.compile(r"\+[0-9](?:[ -]?[0-9]){3,18}")
_PUBLISHED_NUMBER = re.compile(r"\+?[0-9]{4,19}")
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]*")
_TYPES = ("Binary", "Number", "String")
_ODD_CHARACTER = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST_ATTRIBUTE_NAME = 256
_SUBSCRIPTION_ATTRIBUTES = frozenset(
    {
        *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery"),
        *("RedrivePolicy", "SubscriptionRoleArn"),
    }
)
_OF_A_TOPIC = frozenset(
    {
        *("GetTopicAttributes", "SetTopicAttributes", "DeleteTopic", "Subscribe", "PublishBatch"),
        *("ListSubscriptionsByTopic", "AddPermission", "RemovePermission"),
    }
)
# ``Topic does not exist: arn`` is AWS's sentence with the ARN behind it.
_NAMED = re.compile(rb"<Message>((?:Topic|Subscription) does not exist): [^<]*</Message>")


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


def _invalid(problem: str) -> Refusal:
    return Refusal("InvalidParameter", f"Invalid parameter: {problem}")


def _refusals(action: str, given: Given) -> Iterator[Refusal]:
    if action in _OF_A_TOPIC:
        yield from _no_topic(given.get("TopicArn", ""))
    match action:
        case "CreateTopic":
            yield from _new_topic(given)
        case "SetTopicAttributes" if given.get("AttributeName") == "FifoTopic":
            yield _invalid("AttributeName")
        case "Subscribe":
            yield from _subscription(given)
        case "Unsubscribe":
            yield from _no_subscription(given.get("SubscriptionArn"))
        case "SetSubscriptionAttributes":
            yield from _subscription_attribute(given)
        case "Publish":
            yield from _published(given)
        case "PublishBatch":
            yield from _batch(given)
        case "TagResource":
            keys = [tag.get("Key") for tag in _listed(given, "Tags.member")]
            if len({*keys}) < len(keys):
                yield _invalid("Duplicated keys are not allowed.")


def _no_arn(key: str, arn: str) -> Iterator[Refusal]:
    count = len(arn.split(":"))
    if count < 6:
        yield _invalid(f"{key} Reason: An ARN must have at least 6 elements, not {count}")


def _no_topic(arn: str) -> Iterator[Refusal]:
    yield from _no_arn("TopicArn", arn)
    if arn.split(":")[3] != get_region():
        yield _invalid("TopicArn")


def _new_topic(given: Given) -> Iterator[Refusal]:
    name, attributes = given.get("Name", ""), _attributes(given)
    is_fifo = attributes.get("FifoTopic", "false").lower() == "true"
    if name.endswith(_FIFO) != is_fifo or not _TOPIC_NAME.fullmatch(name.removesuffix(_FIFO)):
        yield _invalid("Topic Name")
    there = _topic(name)
    if there is None:
        return
    has = there.get("attributes") or {}
    if any(has.get(key) != value for key, value in attributes.items()):
        yield _invalid("Attributes Reason: Topic already exists with different attributes")


def _topic(name: str) -> Mapping[str, Any] | None:
    return next((topic for topic in sns._topics.values() if topic.get("name") == name), None)


def _subscription(given: Given) -> Iterator[Refusal]:
    protocol, endpoint = given.get("Protocol", ""), given.get("Endpoint", "")
    if protocol not in _PROTOCOLS:
        yield _invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if protocol == "sqs" and not re.fullmatch(r"arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+", endpoint):
        yield _invalid("SQS endpoint ARN")
    if protocol == "sms" and not _PHONE_NUMBER.fullmatch(endpoint):
        yield Refusal("InvalidParameter", f"Invalid SMS endpoint: {endpoint}")
    attributes = _attributes(given)
    for key, value in attributes.items():
        for problem in _attribute_problems(key, value):
            yield _invalid(f"Attributes Reason: {problem}")
    topic = sns._topic_by_arn_any_scope(given.get("TopicArn", "")) or {}
    for other in topic.get("subscriptions", ()):
        if (other.get("protocol"), other.get("endpoint")) != (protocol, endpoint):
            continue
        has = other.get("attributes") or {}
        if any(has.get(key) != value for key, value in attributes.items()):
            told = "Attributes Reason: Subscription already exists with different attributes"
            yield _invalid(told)


def _no_subscription(arn: str | None) -> Iterator[Refusal]:
    if not arn:
        yield _invalid("SubscriptionArn Reason: no value for required parameter")
        return
    yield from _no_arn("SubscriptionArn", arn)
    if len(arn.split(":")) == 6:
        yield _invalid("SubscriptionId")


def _subscription_attribute(given: Given) -> Iterator[Refusal]:
    arn = given.get("SubscriptionArn", "")
    if sns._sub_arn_to_topic.get(arn) is None:
        return  # the service says that there is no such subscription
    name, value = given.get("AttributeName", ""), given.get("AttributeValue", "")
    if name not in _SUBSCRIPTION_ATTRIBUTES:
        yield _invalid("AttributeName")
    for problem in _attribute_problems(name, value):
        yield _invalid(problem)


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


def _published(given: Given) -> Iterator[Refusal]:
    phone_number = given.get("PhoneNumber", "")
    target = given.get("TopicArn") or given.get("TargetArn")
    if phone_number and not target:
        if not _PUBLISHED_NUMBER.fullmatch(phone_number):
            yield _invalid(f"PhoneNumber Reason: {phone_number} is not valid to publish to")
    elif given.get("TargetArn") and ":endpoint/" in str(target):
        if target not in sns._platform_endpoints:
            yield _invalid("TargetArn Reason: No endpoint found for the target arn specified")
    else:
        yield from _no_topic(target or "")
        if given.get("MessageDeduplicationId") and not str(target).endswith(_FIFO):
            yield _invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
                "parameter that is not valid for this topic type"
            )
    if not given.get("Message"):
        yield _invalid("Empty message")
    yield from _message(given)
    if _size(given) > LONGEST_MESSAGE:
        yield _invalid("Message too long")


def _message(given: Given) -> Iterator[Refusal]:
    """What one message, alone or of a batch, is refused for."""
    subject = given.get("Subject")
    if subject is not None and (
        not 0 < len(subject) <= LONGEST_SUBJECT or _NO_SUBJECT.search(subject)
    ):
        yield _invalid("Subject")
    if given.get("MessageStructure") == "json":
        try:
            message = json.loads(given.get("Message", ""))
        except (ValueError, RecursionError):
            yield _invalid("Message Structure - JSON message body failed to parse")
            return
        if not isinstance(message, dict) or not isinstance(message.get("default"), str):
            yield _invalid("Message Structure - No default entry in JSON message body")
    for attribute in _listed(given, "MessageAttributes.entry"):
        for problem in _message_attribute(attribute):
            yield Refusal("ParameterValueInvalid", problem)


def _message_attribute(attribute: Given) -> Iterator[str]:
    name, kind = attribute.get("Name", ""), attribute.get("Value.DataType", "")
    if len(name.encode()) >= _LONGEST_ATTRIBUTE_NAME:
        yield f"Length of message attribute name must be less than {_LONGEST_ATTRIBUTE_NAME} bytes."
    odd = _ODD_CHARACTER.search(name)
    if odd is not None:
        yield (
            f"Invalid non-alphanumeric character '#x{ord(odd[0]):X}' was found in the message "
            "attribute name. Can only include alphanumeric characters, hyphens, underscores, or "
            "dots."
        )
    for end, where in ((name[:1], "starting"), (name[-1:], "ending")):
        if end == ".":
            yield f"Invalid message attribute name {where} with character '.' was found."
    if ".." in name:
        yield "Message attribute name can not have successive '.' character."
    base = kind.split(".")[0]
    if base not in _TYPES:
        yield (
            f"The message attribute '{name}' has an invalid message attribute type, the set of "
            f"supported type prefixes is {', '.join(_TYPES[:-1])}, and {_TYPES[-1]}."
        )
        return
    wanted, other = ("Binary", "String") if base == "Binary" else ("String", "Binary")
    if attribute.get(f"Value.{wanted}Value"):
        return
    if attribute.get(f"Value.{other}Value"):
        yield f"The message attribute '{name}' with type '{kind}' must use field '{wanted}'."
    yield (
        f"The message attribute '{name}' must contain non-empty message attribute value for "
        f"message attribute type '{kind}'."
    )


def _batch(given: Given) -> Iterator[Refusal]:
    entries = _listed(given, "PublishBatchRequestEntries.member")
    ids = [entry.get("Id", "") for entry in entries]
    if len(entries) > MOST_ENTRIES:
        told = "The batch request contains more entries than permissible."
        yield Refusal("TooManyEntriesInBatchRequest", told)
    for entry_id in ids:
        where = "The Id of a batch entry in the batch request"
        if len(entry_id) > _LONGEST_ENTRY_ID:
            yield Refusal("InvalidBatchEntryId", f"{where} is too long: {entry_id}")
        if not _ENTRY_ID.fullmatch(entry_id):
            told = f"{where} contains an impermissible character: {entry_id}"
            yield Refusal("InvalidBatchEntryId", told)
    if len({*ids}) < len(ids):
        told = "Two or more batch entries in the request have the same Id."
        yield Refusal("BatchEntryIdsNotDistinct", told)
    if sum(map(_size, entries)) > LONGEST_MESSAGE:
        told = "The length of all the messages put together is more than the limit."
        yield Refusal("BatchRequestTooLong", told)
    for entry in entries:
        yield from _message(entry)


def _size(message: Given) -> int:
    """The bytes of a message that count: its text, and all of its attributes."""
    return len(message.get("Message", "").encode()) + sum(
        len(value.encode())
        for attribute in _listed(message, "MessageAttributes.entry")
        for value in attribute.values()
    )


def _attributes(given: Given) -> dict[str, str]:
    pairs = _listed(given, "Attributes.entry")
    return {pair.get("key", ""): pair.get("value", "") for pair in pairs}


def _listed(given: Given, prefix: str) -> Sequence[dict[str, str]]:
    """The members ``prefix.1.*``, ``prefix.2.*`` ... of a request, in their order."""
    found: dict[int, dict[str, str]] = {}
    for name, value in given.items():
        if not name.startswith(f"{prefix}."):
            continue
        number, _, rest = name[len(prefix) + 1 :].partition(".")
        if number.isascii() and number.isdigit() and len(number) < 6:
            found.setdefault(int(number), {})[rest] = value
    return [found[number] for number in sorted(found)]
