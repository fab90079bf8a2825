"""The CloudFormation that packaging is given: no stack, and no answer for web pages."""

import urllib.error
import urllib.request

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.waiting import PATIENCE_S
from tocsin.packaging.offline_cloudformation import serving


def test_it_knows_no_stack_and_needs_an_account_for_all_else() -> None:
    with serving() as given:
        client = boto3.client(
            "cloudformation",
            endpoint_url=given["AWS_ENDPOINT_URL_CLOUDFORMATION"],
            region_name="eu-west-1",
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )
        with pytest.raises(ClientError, match="Stack does not exist"):
            client.describe_stacks(StackName="any")
        with pytest.raises(ClientError, match="ListStacks needs an account"):
            client.list_stacks()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ],
)
def test_a_web_page_gets_no_answer(headers: dict[str, str]) -> None:
    with serving() as given:
        request = urllib.request.Request(  # noqa: S310  loopback
            given["AWS_ENDPOINT_URL_CLOUDFORMATION"], b"Action=DescribeStacks", headers
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with pytest.raises(urllib.error.HTTPError) as caught:
            opener.open(request, timeout=PATIENCE_S)
        assert caught.value.code == 403


def test_it_ends_with_its_block() -> None:
    with serving() as given:
        endpoint = given["AWS_ENDPOINT_URL_CLOUDFORMATION"]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.URLError):
        opener.open(endpoint, timeout=PATIENCE_S)
