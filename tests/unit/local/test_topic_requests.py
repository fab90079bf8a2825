"""Requests that SNS was recorded to refuse, in its words, and those that it takes.

Recorded by LocalStack's tests of SNS (Apache-2.0) from 2024 to 2026; the facts, not their text.
"""

from __future__ import annotations

import json

import pytest
from ministack.core.responses import get_account_id, get_region
from ministack.services import sns

from tocsin.local.emulator.topic_messages import LONGEST_MESSAGE
from tocsin.local.emulator.topic_requests import refused

TOPIC = f"arn:aws:sns:{get_region()}:{get_account_id()}:told"
SUBSCRIPTION = f"{TOPIC}:5b1c1a0e-0000-4000-8000-000000000000"
QUEUE = f"arn:aws:sqs:{get_region()}:{get_account_id()}:orders"
ARN = "Reason: An ARN must have at least 6 elements, not"
TOKEN = "51b2ff3edb475b7d" * 16


@pytest.fixture(autouse=True)
def topic(monkeypatch):
    subscription = {
        "arn": SUBSCRIPTION, "protocol": "sqs", "endpoint": QUEUE, "token": "its-token",
        "attributes": {"RawMessageDelivery": "True"},
    }  # fmt: skip
    policy = {"Statement": [{"Sid": "there"}, "odd"]}
    attributes = {"DisplayName": "One", "Policy": json.dumps(policy)}
    made = {"arn": TOPIC, "name": "told", "attributes": attributes, "tags": {"a": "1"},
            "subscriptions": [subscription]}  # fmt: skip
    monkeypatch.setitem(sns._topics, TOPIC, made)
    monkeypatch.setitem(sns._sub_arn_to_topic, SUBSCRIPTION, TOPIC)


def _attribute(key: str, value: str) -> dict[str, str]:
    return {"Attributes.entry.1.key": key, "Attributes.entry.1.value": value}


def _message(name: str, kind: str, **value: str) -> dict[str, str]:
    given = {f"MessageAttributes.entry.1.Value.{key}": text for key, text in value.items()}
    first = {"MessageAttributes.entry.1.Name": name}
    return first | {"MessageAttributes.entry.1.Value.DataType": kind} | given


def _batch(*entries: dict[str, str]) -> dict[str, str]:
    return {
        f"PublishBatchRequestEntries.member.{number}.{key}": value
        for number, entry in enumerate(entries, start=1)
        for key, value in {"Message": "m", **entry}.items()
    }


INVALID = "InvalidParameter"
TO_TOPIC = {"TopicArn": TOPIC, "Message": "m"}
REFUSED = [
    # Topics.
    *[
        ("CreateTopic", {"Name": name}, INVALID, "Invalid parameter: Topic Name")
        for name in ("", "a" * 257, "a.fifo", *(f"bad{odd}name" for odd in ":;!@|^% "))
    ],
    ("CreateTopic", {"Name": "a", **_attribute("FifoTopic", "true")}, INVALID,
     "Invalid parameter: Topic Name"),
    ("CreateTopic", {"Name": "told", **_attribute("DisplayName", "Two")}, INVALID,
     "Invalid parameter: Attributes Reason: Topic already exists with different attributes"),
    ("CreateTopic", {"Name": "told", **_attribute("SignatureVersion", "2")}, INVALID,
     "Invalid parameter: Attributes Reason: Topic already exists with different attributes"),
    ("CreateTopic", {"Name": "told", "Tags.member.1.Key": "b", "Tags.member.1.Value": "2"}, INVALID,
     "Invalid parameter: Tags Reason: Topic already exists with different tags"),
    ("GetTopicAttributes", {"TopicArn": "told"}, INVALID, f"Invalid parameter: TopicArn {ARN} 1"),
    *[
        ("SetTopicAttributes", {"TopicArn": TOPIC, **named}, INVALID,
         "Invalid parameter: AttributeName")
        for named in (
            {"AttributeName": "FifoTopic"}, {"AttributeName": "Displayname"},
            {"AttributeName": ""}, {},
        )
    ],
    ("DeleteTopic", {"TopicArn": f"arn:aws:sns:ap-east-2:{get_account_id()}:told"}, INVALID,
     "Invalid parameter: TopicArn"),
    ("TagResource", {"ResourceArn": TOPIC, "Tags.member.1.Key": "a", "Tags.member.2.Key": "a"},
     INVALID, "Invalid parameter: Duplicated keys are not allowed."),
    ("AddPermission", {"TopicArn": TOPIC, "Label": "there", "ActionName.member.1": "Publish"},
     INVALID, "Invalid parameter: Statement already exists"),
    ("AddPermission", {"TopicArn": TOPIC, "Label": "new", "ActionName.member.1": "Invalid"},
     INVALID, "Invalid parameter: Policy statement action out of service scope!"),
    # Subscriptions.
    ("Subscribe", {"TopicArn": "arn:aws:sns:us-east-1:random"}, INVALID,
     f"Invalid parameter: TopicArn {ARN} 5"),
    ("Subscribe", {"TopicArn": TOPIC, "Protocol": "pigeon"}, INVALID,
     "Invalid parameter: Amazon SNS does not support this protocol string: pigeon"),
    ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": "https://sqs/1/orders"},
     INVALID, "Invalid parameter: SQS endpoint ARN"),
    *[
        ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sms", "Endpoint": number}, INVALID,
         f"Invalid SMS endpoint: {number}")
        for number in ("+15--551234567", "NAA+15551234567", "+15551234567.", "/+15551234567")
    ],
    ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": f"{QUEUE}-2",
                   **_attribute("RawMessageDelivery", "no")}, INVALID,
     "Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [no]. Must be true "
     "or false."),
    ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE,
                   **_attribute("RawMessageDelivery", "false")}, INVALID,
     "Invalid parameter: Attributes Reason: Subscription already exists with different attributes"),
    ("Unsubscribe", {}, INVALID,
     "Invalid parameter: SubscriptionArn Reason: no value for required parameter"),
    ("Unsubscribe", {"SubscriptionArn": "x"}, INVALID,
     f"Invalid parameter: SubscriptionArn {ARN} 1"),
    ("Unsubscribe", {"SubscriptionArn": TOPIC}, INVALID, "Invalid parameter: SubscriptionId"),
    ("SetSubscriptionAttributes", {"SubscriptionArn": SUBSCRIPTION, "AttributeName": "Fake"},
     INVALID, "Invalid parameter: AttributeName"),
    ("SetSubscriptionAttributes",
     {"SubscriptionArn": SUBSCRIPTION, "AttributeName": "RawMessageDelivery"}, INVALID,
     "Invalid parameter: RawMessageDelivery: Invalid value []. Must be true or false."),
    ("SetSubscriptionAttributes",
     {"SubscriptionArn": SUBSCRIPTION, "AttributeName": "RedrivePolicy",
      "AttributeValue": '{"deadLetterTargetArn": "fake-arn"}'}, INVALID,
     "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn"),
    ("ConfirmSubscription", {"TopicArn": TOPIC, "Token": "random"}, INVALID, "Invalid token"),
    ("ConfirmSubscription", {"TopicArn": TOPIC, "Token": TOKEN}, INVALID,
     "Invalid parameter: Token"),
    # Messages.
    ("Publish", {"TopicArn": "a:b", "Message": "m"}, INVALID,
     f"Invalid parameter: TopicArn {ARN} 2"),
    ("Publish", {"TopicArn": TOPIC, "Message": ""}, INVALID, "Invalid parameter: Empty message"),
    *[
        ("Publish", {**TO_TOPIC, "Subject": subject}, INVALID, "Invalid parameter: Subject")
        for subject in ("", "s" * 101, "two\nlines")
    ],
    ("Publish", {**TO_TOPIC, "Message": "m" * (LONGEST_MESSAGE + 1)}, INVALID,
     "Invalid parameter: Message too long"),
    ("Publish", {**TO_TOPIC, "Message": "m" * (LONGEST_MESSAGE - 11),
                 **_message("attr1", "Number", StringValue="1")}, INVALID,
     "Invalid parameter: Message too long"),
    ("Publish", {**TO_TOPIC, "MessageStructure": "json", "Message": '{"default": "a"} }'}, INVALID,
     "Invalid parameter: Message Structure - JSON message body failed to parse"),
    *[
        ("Publish", {**TO_TOPIC, "MessageStructure": "json", "Message": message}, INVALID,
         "Invalid parameter: Message Structure - No default entry in JSON message body")
        for message in ('{"sqs": "a"}', '{"default": {"a": 1}}', "[]")
    ],
    ("Publish", {**TO_TOPIC, "MessageDeduplicationId": "1"}, INVALID,
     "Invalid parameter: MessageDeduplicationId Reason: The request includes "
     "MessageDeduplicationId parameter that is not valid for this topic type"),
    ("Publish", {"PhoneNumber": "+1a234", "Message": "m"}, INVALID,
     "Invalid parameter: PhoneNumber Reason: +1a234 is not valid to publish to"),
    ("Publish", {"TargetArn": f"{TOPIC[:-4]}endpoint/GCM/a/b", "Message": "m"}, INVALID,
     "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"),
    *[
        ("Publish", {**TO_TOPIC, **_message(name, "String", StringValue="a")},
         "ParameterValueInvalid", told)
        for name, told in [
            ("a" * 256, "Length of message attribute name must be less than 256 bytes."),
            ("a^b", "Invalid non-alphanumeric character '#x5E' was found in the message attribute "
             "name. Can only include alphanumeric characters, hyphens, underscores, or dots."),
            (".a", "Invalid message attribute name starting with character '.' was found."),
            ("a.", "Invalid message attribute name ending with character '.' was found."),
            ("a..b", "Message attribute name can not have successive '.' character."),
        ]
    ],
    *[
        ("Publish", {**TO_TOPIC, **_message("attr1", kind, StringValue="a")},
         "ParameterValueInvalid", "The message attribute 'attr1' has an invalid message attribute "
         "type, the set of supported type prefixes is Binary, Number, and String.")
        for kind in ("String.", "Stringprefixed", "Text")
    ],
    ("Publish", {**TO_TOPIC, **_message("attr1", "String", StringValue="")},
     "ParameterValueInvalid", "The message attribute 'attr1' must contain non-empty message "
     "attribute value for message attribute type 'String'."),
    ("Publish", {**TO_TOPIC, **_message("attr1", "Binary", StringValue="a")},
     "ParameterValueInvalid",
     "The message attribute 'attr1' with type 'Binary' must use field 'Binary'."),
    ("Publish", {**TO_TOPIC, **_message("attr1", "", StringValue="a")}, "ValidationError",
     "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed "
     "to satisfy constraint: Member must not be null"),
    ("PublishBatch", {"TopicArn": TOPIC, **_batch(*({"Id": str(n)} for n in range(11)))},
     "TooManyEntriesInBatchRequest",
     "The batch request contains more entries than permissible."),
    ("PublishBatch", {"TopicArn": TOPIC, **_batch({"Id": "a"}, {"Id": "a"})},
     "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."),
    ("PublishBatch", {"TopicArn": TOPIC, **_batch({"Id": "message.id"})}, "InvalidBatchEntryId",
     "The Id of a batch entry in the batch request contains an impermissible character: "
     "message.id"),
    ("PublishBatch", {"TopicArn": TOPIC, **_batch({"Id": "a" * 81})}, "InvalidBatchEntryId",
     f"The Id of a batch entry in the batch request is too long: {'a' * 81}"),
    ("PublishBatch", {"TopicArn": TOPIC, **_batch(
        {"Id": "a", "Message": "m" * 131_072}, {"Id": "b", "Message": "m" * 131_073})},
     "BatchRequestTooLong",
     "The length of all the messages put together is more than the limit."),
]  # fmt: skip
TAKEN = [
    ("CreateTopic", {"Name": "a" * 256}),
    ("CreateTopic", {"Name": "a.fifo", **_attribute("FifoTopic", "true")}),
    ("CreateTopic", {"Name": "told"}),
    ("CreateTopic", {"Name": "told", **_attribute("DisplayName", "One")}),
    ("CreateTopic", {"Name": "told", **_attribute("FifoTopic", "false")}),
    ("CreateTopic", {"Name": "told", "Tags.member.1.Key": "a", "Tags.member.1.Value": "1"}),
    ("GetTopicAttributes", {"TopicArn": f"{TOPIC}-of-nobody"}),  # the service says so
    *[
        ("SetTopicAttributes", {"TopicArn": TOPIC, "AttributeName": name, "AttributeValue": "1"})
        for name in ("DisplayName", "Policy", "KmsMasterKeyId", "SQSSuccessFeedbackSampleRate")
    ],
    ("AddPermission", {"TopicArn": TOPIC, "Label": "new", "ActionName.member.1": "Publish"}),
    ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE}),
    ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE,
                   **_attribute("RawMessageDelivery", "true")}),
    ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sqs", "Endpoint": QUEUE,
                   **_attribute("FilterPolicyScope", "MessageAttributes")}),
    ("Subscribe", {"TopicArn": TOPIC, "Protocol": "sms", "Endpoint": "+15551234567"}),
    ("Subscribe", {"TopicArn": TOPIC, "Protocol": "email", "Endpoint": "a@example.com"}),
    ("Unsubscribe", {"SubscriptionArn": SUBSCRIPTION}),
    ("ConfirmSubscription", {"TopicArn": TOPIC, "Token": "its-token"}),
    ("Publish", TO_TOPIC),
    ("Publish", {"TargetArn": TOPIC, "Message": "m"}),
    ("Publish", {"PhoneNumber": "+15551234567", "Message": "m"}),
    ("Publish", {**TO_TOPIC, "Subject": "s" * 100}),
    ("Publish", {**TO_TOPIC, "Message": "m" * (LONGEST_MESSAGE - 12),
                 **_message("attr1", "Number", StringValue="1")}),
    ("Publish", {**TO_TOPIC, "MessageStructure": "json", "Message": '{"default": "a"}'}),
    ("Publish", {**TO_TOPIC, **_message("attr1", "String.prefixed", StringValue="a")}),
    ("PublishBatch", {"TopicArn": TOPIC, **_batch(*({"Id": str(n)} for n in range(10)))}),
    ("ListTopics", {}),
    ("", {}),
]  # fmt: skip


@pytest.mark.parametrize(("action", "given", "code", "message"), REFUSED)
def test_what_aws_refuses_is_refused_in_its_words(action, given, code, message) -> None:
    refusal = refused({"Action": action, **given})
    assert refusal is not None
    assert (refusal.code, refusal.message, refusal.status) == (code, message, 400)


@pytest.mark.parametrize(("action", "given"), TAKEN)
def test_what_aws_takes_is_passed_on(action, given) -> None:
    assert refused({"Action": action, **given}) is None


@pytest.mark.parametrize(
    "broken", ["", "x", ":" * 6, "[" * 100_000, "\0", "\u202e", "9" * 5_000, "{}", "[]", "null"]
)
def test_a_request_of_another_shape_is_no_traceback(broken) -> None:
    keys = {key for _, given, *_ in REFUSED for key in given}
    for action in {action for action, *_ in REFUSED}:
        for key in keys:
            refused({"Action": action, **TO_TOPIC, "MessageStructure": "json", key: broken})
