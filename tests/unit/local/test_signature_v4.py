"""Signature Version 4: what botocore signs passes; what was changed after it does not."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import examples
from tests.unit.local.signed_requests import (
    GOOD,
    KEY,
    SECRET,
    Signed,
    code_of,
    now,
    signed,
    verify,
)
from tocsin.local.access.request import Request
from tocsin.local.access.request_signature import read
from tocsin.local.access.signature_v4 import SignatureV4


@pytest.mark.parametrize("name", GOOD)
def test_what_was_signed_passes(name: str) -> None:
    verify(*GOOD[name]())


@pytest.mark.parametrize("name", GOOD)
def test_with_another_secret_it_does_not(name: str) -> None:
    assert code_of(lambda: verify(*GOOD[name](), secret="test")) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("what", ["method", "path", "query", "host"])
def test_nor_when_it_was_changed(name: str, what: str) -> None:
    request, body = GOOD[name]()
    changed = {
        "method": replace(request, method="DELETE"),
        "path": replace(request, path=f"{request.path}x"),
        "query": replace(request, query=f"{request.query}&more=1"),
        "host": replace(
            request,
            headers=tuple((k, "localhost:4599" if k == "host" else v) for k, v in request.headers),
        ),
    }[what]
    assert code_of(lambda: verify(changed, body)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", [name for name in GOOD if name != "presigned S3"])
def test_nor_with_another_body(name: str) -> None:
    request, body = GOOD[name]()
    assert code_of(lambda: verify(request, body + b"x")) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("header", ["x-amz-target", "x-amz-copy-source", "smithy-protocol"])
def test_nor_with_a_header_more_that_asks_for_something_else(name: str, header: str) -> None:
    request, body = GOOD[name]()
    others = tuple(pair for pair in request.headers if pair[0] != header)
    more = replace(request, headers=(*others, (header, "Logs_20140328.DeleteLogGroup")))
    assert code_of(lambda: verify(more, body)) == "SignatureDoesNotMatch"


def test_a_header_more_that_asks_for_nothing_passes() -> None:
    request, body = GOOD["presigned S3"]()
    more = ("user-agent", "curl"), ("range", "bytes=0-9"), ("x-amzn-trace-id", "Root=1-2")
    verify(replace(request, headers=(*request.headers, *more)), body)


@given(
    path=st.text(max_size=20),
    query=st.dictionaries(st.text(min_size=1, max_size=6), st.text(max_size=8), max_size=3),
    body=st.binary(max_size=20),
    service=st.sampled_from(["s3", "lambda"]),
)
@settings(max_examples=examples(60))
def test_whatever_path_and_query_hold(
    path: str, query: dict[str, str], body: bytes, service: str
) -> None:
    from urllib.parse import quote

    names = {name.lower() for name in query}
    if names & {"x-amz-algorithm", "x-amz-credential", "x-amz-signature", "awsaccesskeyid"}:
        return
    pairs = (f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in query.items())
    verify(*signed(service, "PUT", f"/{quote(path)}?{'&'.join(pairs)}", body))


@pytest.mark.parametrize(
    ("minutes", "service", "presigned", "code"),
    [
        (-4, "sts", False, None),
        (-6, "sts", False, "RequestTimeTooSkewed"),
        (6, "sts", False, "RequestTimeTooSkewed"),
        (-14, "s3", False, None),
        (-16, "s3", False, "RequestTimeTooSkewed"),
        (16, "s3", False, "RequestTimeTooSkewed"),
        (-50, "sts", True, None),
        (-61, "sts", True, "RequestExpired"),
        (-61, "s3", True, "RequestExpired"),
        (6, "sts", True, "RequestTimeTooSkewed"),
        (60 * 24 * 365, "s3", True, "RequestTimeTooSkewed"),
    ],
)
def test_a_signature_is_good_for_a_while(
    minutes: int, service: str, presigned: bool, code: str | None
) -> None:
    request, _ = signed(service, "GET", "/", b"", presigned=presigned)
    signature = read(request)
    assert isinstance(signature, SignatureV4)
    at = now()
    moved = replace(signature, time=at + dt.timedelta(minutes=minutes))
    if code is None:
        moved.check_time(at)
    else:
        assert code_of(lambda: moved.check_time(at)) == code


def chunked(chunks: list[bytes], secret: str = SECRET) -> Signed:
    """An upload in signed parts, as AWS documents it."""
    marker = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"

    class Streaming(botocore.auth.S3SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return marker

    request = AWSRequest("PUT", "http://127.0.0.1:4599/bucket/key")
    signer = Streaming(Credentials(KEY, secret), "s3", "eu-west-1")
    signer.add_auth(request)
    sent = {"host": "127.0.0.1:4599"} | {k.lower(): v for k, v in request.headers.items()}
    previous = sent["authorization"].rpartition("Signature=")[2]
    body = b""
    for chunk in [*chunks, b""]:
        parts = [
            "AWS4-HMAC-SHA256-PAYLOAD",
            request.context["timestamp"],
            signer.credential_scope(request),
            previous,
            hashlib.sha256(b"").hexdigest(),
            hashlib.sha256(chunk).hexdigest(),
        ]
        previous = signer.signature("\n".join(parts), request)
        body += b"%x;chunk-signature=%s\r\n%s\r\n" % (len(chunk), previous.encode(), chunk)
    return Request("PUT", "/bucket/key", "", tuple(sent.items())), body


def test_each_part_of_an_upload_in_parts_is_checked() -> None:
    request, body = chunked([b"first", b"second"])
    verify(request, body)
    for changed in (
        body.replace(b"second", b"sEcond"),
        body[: body.index(b"6;")] + body[body.index(b"0;") :],  # a part left out
        body[: body.index(b"0;")],  # the end left out
        b"-1;chunk-signature=a\r\n",
        b"no parts",
        b"",
    ):
        assert code_of(lambda changed=changed: verify(request, changed)) == "SignatureDoesNotMatch"
