"""Version 2 of the signature, in the query of a presigned URL for S3."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from botocore.auth import HmacV1QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tocsin.local.access import AccessRefused
from tocsin.local.access.request import Request
from tocsin.local.access.request_signature import read

KEY, SECRET = "AKIAEXAMPLE234567890", "a/secret+of=the/stage"
NOW = dt.datetime.now(dt.UTC)


def presigned(
    target: str, method: str = "GET", token: str | None = None, **headers: str
) -> Request:
    request = AWSRequest(method, f"http://127.0.0.1:4599{target}", headers=headers)
    HmacV1QueryAuth(Credentials(KEY, SECRET, token), expires=60).add_auth(request)
    url = urlsplit(request.url)
    sent = tuple((name.lower(), value) for name, value in headers.items())
    return Request(method, url.path, url.query, (("host", url.netloc), *sent))


def verify(request: Request, secret: str = SECRET, after: int = 0) -> None:
    signature = read(request)
    assert signature is not None
    assert signature.access_key_id == KEY
    signature.check_time(NOW + dt.timedelta(seconds=after))
    signature.check(request, secret, b"any")


def code(request: Request, secret: str = SECRET, after: int = 0) -> str:
    with pytest.raises(AccessRefused) as caught:
        verify(request, secret, after)
    return caught.value.code


OBJECT = presigned("/bucket/a%20key%2B")


@pytest.mark.parametrize(
    "request_",
    [
        OBJECT,
        presigned("/bucket?versioning"),
        presigned("/bucket/key?versionId=2&response-content-type=text%2Fplain"),
        presigned("/bucket/key", token="a/token+="),
        presigned("/bucket/key", "PUT", **{"Content-Type": "text/plain", "x-amz-acl": "private"}),
    ],
)
def test_what_was_signed_passes_and_with_another_secret_does_not(request_: Request) -> None:
    verify(request_)
    assert code(request_, secret="test") == "SignatureDoesNotMatch"
    assert code(replace(request_, method="DELETE")) == "SignatureDoesNotMatch"
    assert code(replace(request_, path=f"{request_.path}x")) == "SignatureDoesNotMatch"
    assert code(replace(request_, query=f"{request_.query}&acl")) == "SignatureDoesNotMatch"


def test_what_was_moved_into_the_query_is_not_said_otherwise() -> None:
    asked = presigned("/bucket/key", "PUT", **{"x-amz-acl": "private"})
    verify(replace(asked, headers=(("x-amz-acl", "private"),)))
    assert code(replace(asked, headers=(("x-amz-acl", "public-read"),))) == "SignatureDoesNotMatch"
    assert code(replace(OBJECT, headers=(("x-amz-acl", "private"),))) == "SignatureDoesNotMatch"
    assert code(replace(OBJECT, query=f"{OBJECT.query}&x-amz-acl=a")) == "SignatureDoesNotMatch"


def test_it_is_good_for_as_long_as_it_says() -> None:
    verify(OBJECT, after=50)
    assert code(OBJECT, after=62) == "RequestExpired"
    later = OBJECT.query.replace("Expires=", "Expires=9")
    assert code(replace(OBJECT, query=later)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        # What is not signed with it could be added by anybody.
        (replace(OBJECT, query=f"{OBJECT.query}&Action=CreateTopic"), "UnsupportedSignature"),
        (replace(OBJECT, query=f"{OBJECT.query}&Expires=9"), "UnsupportedSignature"),
        (replace(OBJECT, path="/"), "UnsupportedSignature"),
        (replace(OBJECT, headers=(("x-amz-target", "Logs.X"),)), "UnsupportedSignature"),
        (replace(OBJECT, headers=(("smithy-protocol", "rpc-v2-cbor"),)), "UnsupportedSignature"),
        (Request("GET", "/b/k", "AWSAccessKeyId=k&Signature=a&Expires=x", ()), "Incomplete"),
        (Request("GET", "/b/k", "AWSAccessKeyId=k&Signature=a", ()), "Incomplete"),
        (Request("GET", "/b/k", "AWSAccessKeyId=k&Expires=9", ()), "Incomplete"),
        (Request("GET", "/b/k", OBJECT.query, (("authorization", "AWS k:s"),)), "Incomplete"),
    ],
)
def test_what_could_be_read_as_more_is_refused(request_: Request, expected: str) -> None:
    assert code(request_).startswith(expected)
