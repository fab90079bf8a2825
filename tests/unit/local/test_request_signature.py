"""Which signature a request has: what can be read in two ways, or in none, is refused."""

from __future__ import annotations

import pytest

from tests.unit.local.signed_requests import GOOD, code_of
from tocsin.local.access.request import Request
from tocsin.local.access.request_signature import read


def test_what_is_not_signed_has_no_signature() -> None:
    assert read(Request("GET", "/", "Action=ListTables", (("host", "127.0.0.1:4599"),))) is None


def test_anothers_authorization_is_no_signature_of_ours() -> None:
    assert read(Request("GET", "/", "", (("authorization", "Bearer abc"),))) is None


HEADER = dict(GOOD["JSON"]()[0].headers)["authorization"]
DATE = dict(GOOD["JSON"]()[0].headers)["x-amz-date"]
QUERY = GOOD["presigned"]()[0].query


def with_authorization(*values: str) -> Request:
    return Request(
        "POST",
        "/",
        "",
        (*(("authorization", value) for value in values), ("x-amz-date", DATE)),
    )


def with_expires(seconds: str) -> Request:
    return Request("GET", "/", f"{without(QUERY, 'X-Amz-Expires')}&X-Amz-Expires={seconds}", ())


def without(query: str, name: str) -> str:
    return "&".join(part for part in query.split("&") if not part.startswith(f"{name}="))


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (with_authorization(HEADER, HEADER), "IncompleteSignature"),
        (with_authorization("AWS4-HMAC-SHA256"), "IncompleteSignature"),
        (with_authorization("AWS4-HMAC-SHA256 Credential=a"), "IncompleteSignature"),
        (with_authorization(HEADER.replace("/aws4_request", "")), "IncompleteSignature"),
        (with_authorization(HEADER.replace("host;", "")), "IncompleteSignature"),
        (with_authorization(f"{HEADER}, Credential=b"), "IncompleteSignature"),
        (with_authorization("AWS test:c2lnbmF0dXJl"), "UnsupportedSignature"),
        (with_authorization("AWS4-ECDSA-P256-SHA256 Credential=a"), "UnsupportedSignature"),
        (Request("GET", "/", "AWSAccessKeyId=test&Signature=a&Expires=9", ()), "Unsupported"),
        (Request("GET", "/b", "awsaccesskeyid=k&Signature=a&Expires=9", ()), "IncompleteSignature"),
        (Request("GET", "/", "x-amz-credential=test/20261123/eu/sts/aws4_request", ()), "Inc"),
        (Request("GET", "/", QUERY.replace("HMAC", "ECDSA"), ()), "UnsupportedSignature"),
        (Request("GET", "/", f"{QUERY}&X-Amz-Credential=b", ()), "IncompleteSignature"),
        (Request("GET", "/", f"{QUERY}&x-amz-credential=b", ()), "IncompleteSignature"),
        (with_expires("9999999"), "IncompleteSignature"),
        (with_expires("604801"), "IncompleteSignature"),
        (with_expires("0"), "IncompleteSignature"),
        (with_expires("-1"), "IncompleteSignature"),
        (with_expires("\u0661"), "IncompleteSignature"),
        (Request("GET", "/", f"{without(QUERY, 'X-Amz-Date')}&X-Amz-Date=now", ()), "Inc"),
        *(
            (Request("GET", "/", without(QUERY, f"X-Amz-{name}"), ()), "IncompleteSignature")
            for name in ("Algorithm", "Credential", "Date", "SignedHeaders", "Signature")
        ),
        (Request("GET", "/", QUERY, (("authorization", HEADER),)), "IncompleteSignature"),
    ],
)
def test_what_can_be_read_in_two_ways_or_none_is_refused(request_: Request, code: str) -> None:
    assert code_of(lambda: read(request_) and None).startswith(code)
