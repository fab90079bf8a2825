"""Requests as botocore signs them, and whether the stage takes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tocsin.local.access import AccessRefused
from tocsin.local.access.request import Request
from tocsin.local.access.request_signature import read

KEY, SECRET = "AKIAEXAMPLE234567890", "a/secret+of=the/stage"

Signed = tuple[Request, bytes]


def signed(
    service: str = "dynamodb",
    method: str = "POST",
    target: str = "/",
    body: bytes = b"{}",
    headers: dict[str, str] | None = None,
    *,
    presigned: bool = False,
    secret: str = SECRET,
    token: str | None = None,
) -> Signed:
    """A request as botocore would send it."""
    kinds = {
        (False, False): botocore.auth.SigV4Auth,
        (False, True): botocore.auth.SigV4QueryAuth,
        (True, False): botocore.auth.S3SigV4Auth,
        (True, True): botocore.auth.S3SigV4QueryAuth,
    }
    kind = kinds[service == "s3", presigned]
    request = AWSRequest(method, f"http://127.0.0.1:4599{target}", headers=headers, data=body)
    kind(Credentials(KEY, secret, token), service, "eu-west-1").add_auth(request)
    url = urlsplit(str(request.url))
    sent = {"host": url.netloc}
    sent |= {name.lower(): str(value) for name, value in request.headers.items()}
    return Request(method, url.path, url.query, tuple(sent.items())), body


def now() -> dt.datetime:
    """As botocore has it when it signs."""
    return dt.datetime.now(dt.UTC)


def verify(request: Request, body: bytes, secret: str = SECRET) -> None:
    signature = read(request)
    assert signature is not None
    assert signature.access_key_id == KEY
    signature.check_time(now())
    signature.check(request, secret, body)


def code_of(action: Callable[[], None]) -> str:
    with pytest.raises(AccessRefused) as caught:
        action()
    return caught.value.code


# Signed when they are asked for: a signature is good for 15 minutes.
GOOD: dict[str, Callable[[], Signed]] = {
    "JSON": partial(signed, headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"}),
    "query": partial(signed, "sts", body=b"Action=GetCallerIdentity&Version=2011-06-15"),
    "session": partial(signed, token="a-token/+="),
    "spaces in a header": partial(signed, headers={"X-Amz-Meta": "  a   b "}),
    "REST path": partial(
        signed, "lambda", "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda/url", b""
    ),
    "query string": partial(signed, "logs", "GET", "/?b=2&a=%20x&a=%2F&c", b""),
    "S3": partial(signed, "s3", "PUT", "/bucket/a%20b//c%2Bd", b"body"),
    "S3 listing": partial(signed, "s3", "GET", "/bucket?list-type=2&prefix=a%2Fb%20c", b""),
    "presigned": partial(signed, "sts", "GET", "/?Action=GetCallerIdentity", b"", presigned=True),
    "presigned session": partial(
        signed, "sts", "GET", "/?Action=X", b"", presigned=True, token="a/+="
    ),
    "presigned S3": partial(signed, "s3", "GET", "/bucket/a%20key", b"", presigned=True),
}
