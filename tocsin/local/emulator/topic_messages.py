"""What SNS refuses about a message that is published, alone or of a batch.

Facts recorded from AWS in 2024 to 2026 unless a page is named.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from tocsin.local.emulator.topic_parameters import Given, Refusal, invalid, listed

LONGEST_MESSAGE = 262_144
"""Bytes, with the names, types and values of its attributes."""
LONGEST_SUBJECT = 100
MOST_ENTRIES = 10
"""Of a batch."""
_LONGEST_ENTRY_ID = 80
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]*")
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_RequestParameters
_NO_SUBJECT = re.compile(r"[\x00-\x1f\x7f]")
_TYPES = ("Binary", "Number", "String")
_ODD_CHARACTER = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST_ATTRIBUTE_NAME = 256


def message_problems(given: Given, inside: str = "") -> Iterator[Refusal]:
    """What one message, alone or of a batch, is refused for; ``inside`` is the path to it."""
    subject = given.get("Subject")
    if subject is not None and (
        not 0 < len(subject) <= LONGEST_SUBJECT or _NO_SUBJECT.search(subject)
    ):
        yield invalid("Subject")
    if given.get("MessageStructure") == "json":
        try:
            message = json.loads(given.get("Message", ""))
        except (ValueError, RecursionError):
            yield invalid("Message Structure - JSON message body failed to parse")
            return
        if not isinstance(message, dict) or not isinstance(message.get("default"), str):
            yield invalid("Message Structure - No default entry in JSON message body")
    for attribute in listed(given, "MessageAttributes.entry"):
        if not attribute.get("Value.DataType"):
            where = f"{inside}messageAttributes.{attribute.get('Name', '')}.member.dataType"
            told = f"1 validation error detected: Value null at '{where}' failed to satisfy "
            yield Refusal("ValidationError", f"{told}constraint: Member must not be null")
        for problem in _attribute_problems(attribute):
            yield Refusal("ParameterValueInvalid", problem)


def _attribute_problems(attribute: Given) -> Iterator[str]:
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
    base, dot, suffix = kind.partition(".")
    if base not in _TYPES or (dot and not suffix):
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


def batch_problems(given: Given) -> Iterator[Refusal]:
    entries = listed(given, "PublishBatchRequestEntries.member")
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
    if sum(map(size, entries)) > LONGEST_MESSAGE:
        told = "The length of all the messages put together is more than the limit."
        yield Refusal("BatchRequestTooLong", told)
    for number, entry in enumerate(entries, start=1):
        yield from message_problems(entry, f"publishBatchRequestEntries.{number}.member.")


def size(message: Given) -> int:
    """The bytes of a message that count: its text, and all of its attributes."""
    return len(message.get("Message", "").encode()) + sum(
        len(value.encode())
        for attribute in listed(message, "MessageAttributes.entry")
        for value in attribute.values()
    )
