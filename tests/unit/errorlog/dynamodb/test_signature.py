"""Every signature is the one that botocore's SigV4Auth gives for the same request."""

import datetime as dt
from unittest import mock

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from errorlog.dynamodb.endpoint import Endpoint
from errorlog.dynamodb.signature import signed_headers
from errorlog.dynamodb.signing_keys import Credentials
from tests.conftest import examples

keys = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1)
hosts = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z]{2,10}){0,3}", fullmatch=True)
paths = st.lists(
    st.one_of(
        st.sampled_from(["", ".", "..", "a b", "a+b", "a%20b", "%2F", "é", "~x", "a=b&c"]),
        st.text(st.characters(exclude_characters="/?#\\", codec="utf-8", categories=["L", "N"])),
    ),
    max_size=4,
).map("/".join)
headers = st.dictionaries(
    st.from_regex(r"x-amz-[a-z]{1,10}", fullmatch=True),
    st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)),
    max_size=3,
)


@settings(max_examples=examples(2_000))
@given(
    scheme=st.sampled_from(["http", "https"]),
    host=st.one_of(hosts, st.sampled_from(["127.0.0.1", "[::1]", "[fd00:ec2::23]"])),
    port=st.one_of(st.none(), st.sampled_from([80, 443]), st.integers(1, 65_535)),
    path=paths,
    region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1", "eu-isoe-west-1"]),
    access_key=keys,
    secret_key=keys,
    token=st.one_of(st.just(""), keys),
    extra=headers,
    body=st.binary(max_size=200),
    at=st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2099, 1, 1)),
)
def test_the_signature_is_botocores(
    scheme, host, port, path, region, access_key, secret_key, token, extra, body, at
) -> None:
    at = at.replace(microsecond=0, tzinfo=dt.UTC)
    url = f"{scheme}://{host}{f':{port}' if port else ''}/{path}"
    ours = signed_headers(
        Endpoint(url, region),
        {"content-type": "application/x-amz-json-1.0", **extra},
        body,
        Credentials(access_key, secret_key, token),
        at.timestamp(),
    )
    # What is sent is what is signed: the path as the endpoint gives it.
    sent = Endpoint(url, region)
    theirs = AWSRequest(
        "POST",
        f"{scheme}://{sent.authority}{sent.path}",
        headers={"content-type": "application/x-amz-json-1.0", **extra},
        data=body,
    )
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=at):
        SigV4Auth(
            BotocoreCredentials(access_key, secret_key, token or None), "dynamodb", region
        ).add_auth(theirs)
    assert ours["authorization"] == theirs.headers["Authorization"]
    assert ours["x-amz-date"] == theirs.headers["X-Amz-Date"]
    assert ours.get("x-amz-security-token") == theirs.headers.get("X-Amz-Security-Token")
    assert ours["host"] == botocore.auth._host_from_url(theirs.url)


@pytest.mark.parametrize("changed", [{"at": "2026-11-29"}, {"region": "eu-west-1"},
                                     {"token": "other"}, {"path": "other/"}, {}])  # fmt: skip
def test_a_write_is_signed_for_itself_whatever_the_last_was_signed_for(changed) -> None:
    first = {"at": "2026-11-28", "region": "us-east-1", "token": "", "path": ""}
    for write in (first, first | changed, first):
        at = dt.datetime.fromisoformat(write["at"]).replace(tzinfo=dt.UTC)
        endpoint = Endpoint(f"https://127.0.0.1/{write['path']}", write["region"])
        held = Credentials("access", "secret", write["token"])
        ours = signed_headers(endpoint, {}, b"{}", held, at.timestamp())
        theirs = AWSRequest("POST", endpoint.url, data=b"{}")
        keys_of_theirs = BotocoreCredentials("access", "secret", write["token"] or None)
        with mock.patch.object(botocore.auth, "get_current_datetime", return_value=at):
            SigV4Auth(keys_of_theirs, "dynamodb", write["region"]).add_auth(theirs)
        assert ours["authorization"] == theirs.headers["Authorization"]
