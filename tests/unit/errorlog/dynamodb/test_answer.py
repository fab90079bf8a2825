"""What counts as written: DynamoDB's own success, whole and undamaged."""

import json
import zlib

import pytest

from errorlog.dynamodb.answer import check
from errorlog.dynamodb.connection import Answer
from errorlog.dynamodb.failure import Refused


def crc(body: bytes) -> dict[str, str]:
    return {"x-amz-crc32": str(zlib.crc32(body))}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{}", {}),
        (b"{}", crc(b"{}")),
        (b'{"ConsumedCapacity": {"TableName": "t"}}', {}),
    ],
)
def test_dynamodbs_success_is_one(body, headers) -> None:
    check(Answer(200, headers, body))


NO_SUCCESS = [
    (200, b"", {}, "NotDynamoDB"),
    (200, b"<html>", {}, "NotDynamoDB"),
    (200, b"[]", {}, "NotDynamoDB"),
    (200, b"null", {}, "NotDynamoDB"),
    (200, b"[" * 100_000, {}, "NotDynamoDB"),
    (200, b'{"status": "ok"}', {}, "NotDynamoDB"),
    (200, b"\xff\xfe{", {}, "NotDynamoDB"),
    (200, b"{}", {"x-amz-crc32": "12"}, "ChecksumMismatch"),
    (200, b"{}", {"x-amz-crc32": "abc"}, "ChecksumMismatch"),
    (201, b"{}", {}, "Status201"),
    (204, b"", {}, "Status204"),
    (302, b"", {"location": "https://login.example"}, "Status302"),
    (403, b"Forbidden", {}, "Status403"),
    (400, b'{"__type": 7, "message": ["x"]}', {}, "Status400"),
    (500, b"", {}, "Status500"),
]


@pytest.mark.parametrize(("status", "body", "headers", "code"), NO_SUCCESS)
def test_anything_else_is_none(status, body, headers, code) -> None:
    with pytest.raises(Refused, match=code):
        check(Answer(status, headers, body))


@pytest.mark.parametrize(
    ("status", "code", "busy"),
    [
        (400, "ProvisionedThroughputExceededException", True),
        (400, "ThrottlingException", True),
        (400, "RequestLimitExceeded", True),
        (429, "TooManyRequestsException", True),
        (500, "InternalServerError", True),
        (503, "ServiceUnavailable", True),
        (400, "AccessDeniedException", False),
        (400, "ValidationException", False),
        (400, "ResourceNotFoundException", False),
        (400, "ExpiredTokenException", False),
    ],
)
def test_what_is_busy_may_be_asked_again_and_what_refuses_one_record_may_take_the_next(
    status, code, busy
) -> None:
    body = json.dumps({"__type": f"com.amazon.coral.service#{code}", "Message": "why"}).encode()
    with pytest.raises(Refused, match=f"^{code}: why$") as caught:
        check(Answer(status, {}, body))
    assert (caught.value.repeat, caught.value.down) == (busy, busy)
