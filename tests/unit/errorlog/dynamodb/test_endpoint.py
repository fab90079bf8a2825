"""Where DynamoDB is: held to botocore's endpoint rules for every region that it knows."""

import gzip
import json
import re
from importlib import resources

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

from errorlog.dynamodb import endpoint
from errorlog.dynamodb.endpoint import Endpoint, of_environment, of_region
from errorlog.dynamodb.failure import NotConfigured
from tests.conftest import some

_DATA = resources.files("botocore") / "data"
PARTITIONS = json.loads((_DATA / "partitions.json").read_text())
# A later region of each partition, which today's SDK has to tell by its name as well.
LATER = ["us-east-9", "ap-south-7", "cn-south-1", "us-gov-north-1", "us-iso-south-1",
         "us-isob-north-1", "eu-isoe-north-1", "us-isof-west-1", "eusc-de-west-2"]  # fmt: skip
REGIONS = [
    region
    for partition in PARTITIONS["partitions"]
    for region in partition["regions"]
    if not region.endswith("-global")  # names of partitions, where no function runs
]


# Beginnings, authorities and endings of URLs, usual and not.
URLS = [
    f"{scheme}{authority}{path}"
    for scheme in ("http://", "https://", "HTTP://", "ftp://", "", "//")
    for authority in ("dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:8000", "a:0", "a:65535",
                      "a:65536", "a:99999", "A.example", "u:p@a", "[::1]:80", "a b", "", "a:")
    for path in ("", "/", "/a/./b/../c", "/a%20b", "/ä", "/x?y#z", "/a//b/")
]  # fmt: skip


def test_the_quick_way_to_read_a_url_reads_the_same(monkeypatch) -> None:
    def read(url):
        try:
            made = Endpoint(url, "eu-west-1")
        except NotConfigured as error:
            return str(error)
        return [getattr(made, name) for name in made.__slots__]

    quickly = {url: read(url) for url in URLS}
    monkeypatch.setattr(endpoint, "_USUAL", re.compile(r"(?!)"))
    assert {url: read(url) for url in URLS} == quickly


@pytest.fixture(scope="module")
def rules():
    packed = _DATA / "dynamodb" / "2012-08-10" / "endpoint-rule-set-1.json.gz"
    return EndpointProvider(json.loads(gzip.decompress(packed.read_bytes())), PARTITIONS)


@pytest.mark.parametrize("fips", [False, True], ids=["", "fips"])
@pytest.mark.parametrize("dual_stack", [False, True], ids=["", "dual stack"])
@pytest.mark.parametrize("region", some([*REGIONS, *LATER], 5))
def test_the_endpoint_of_a_region_is_botocores(rules, region, dual_stack, fips) -> None:
    theirs = rules.resolve_endpoint(Region=region, UseDualStack=dual_stack, UseFIPS=fips)
    assert of_region(region, dual_stack=dual_stack, fips=fips) == theirs.url


def test_every_partition_that_botocore_knows_is_among_them() -> None:
    assert {partition["id"] for partition in PARTITIONS["partitions"]} == {
        "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc",
    }  # fmt: skip


@pytest.fixture
def environment(monkeypatch):
    """``environment(AWS_REGION=...)``: nothing but that says where to go."""

    def put(**variables):
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return put


LOCAL = "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "https://dynamodb.eu-west-1.amazonaws.com/"),
        ({"AWS_ENDPOINT_URL": LOCAL}, f"{LOCAL}/"),
        ({"AWS_ENDPOINT_URL_DYNAMODB": LOCAL}, f"{LOCAL}/"),
        ({"AWS_ENDPOINT_URL": "http://other", "AWS_ENDPOINT_URL_DYNAMODB": LOCAL}, f"{LOCAL}/"),
        (
            {"AWS_ENDPOINT_URL": LOCAL, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            "https://dynamodb.eu-west-1.amazonaws.com/",
        ),
        ({"AWS_ENDPOINT_URL": LOCAL, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"}, f"{LOCAL}/"),
        ({"AWS_ENDPOINT_URL": ""}, "https://dynamodb.eu-west-1.amazonaws.com/"),
        ({"AWS_ENDPOINT_URL": "https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com/a//b/../c"},
         "https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com/a/c"),
        ({"AWS_ENDPOINT_URL": "http://[::1]:8000"}, "http://[::1]:8000/"),
        ({"AWS_ENDPOINT_URL": "https://store:443"}, "https://store/"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "https://dynamodb.eu-west-1.api.aws/"),
        ({"AWS_USE_FIPS_ENDPOINT": "TRUE"}, "https://dynamodb-fips.eu-west-1.amazonaws.com/"),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, "https://dynamodb.eu-west-1.amazonaws.com/"),
    ],
)  # fmt: skip
def test_the_environment_has_the_last_word(environment, variables, url) -> None:
    environment(AWS_REGION="eu-west-1", **variables)
    found = of_environment()
    assert (found.url, found.region) == (url, "eu-west-1")


def test_the_default_region_serves_where_there_is_no_other(environment) -> None:
    environment(AWS_DEFAULT_REGION="cn-north-1")
    assert of_environment().url == "https://dynamodb.cn-north-1.amazonaws.com.cn/"


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "Region: AWS_REGION is not set"),
        ({"AWS_REGION": "evil.example.com/?"}, "is no name of a region"),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "ftp://store"}, "no URL of http or https"),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "store:8000"}, "no URL of http or https"),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://"}, "no URL of http or https"),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://a:b"}, "is no URL"),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://[::1"}, "is no URL"),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://a b/"}, "no URL of http"),
        ({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://ä.example/"}, "no URL of http"),
    ],
)
def test_what_cannot_be_called_is_named(environment, variables, reason) -> None:
    environment(**variables)
    with pytest.raises(NotConfigured, match=reason):
        of_environment()


def test_fips_of_govcloud_is_its_plain_endpoint() -> None:
    assert of_region("us-gov-west-1", fips=True) == of_region("us-gov-west-1")


def test_the_rules_would_refuse_what_is_no_region(rules) -> None:
    with pytest.raises(EndpointProviderError):
        rules.resolve_endpoint(UseDualStack=False, UseFIPS=False)


def test_path_and_authority_are_those_that_are_signed() -> None:
    endpoint = Endpoint("https://Store.Example:8443/a b/%20", "us-east-1")
    assert (endpoint.host, endpoint.authority) == ("store.example", "store.example:8443")
    assert endpoint.path == "/a%20b/%20"


def test_an_endpoint_in_awss_configuration_file_is_not_read(monkeypatch, tmp_path) -> None:
    """The SDK would read it; a function has no such file but where somebody ships one."""
    file = tmp_path / "config"
    file.write_text("[default]\nendpoint_url = http://127.0.0.1:9\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert of_environment().host == "dynamodb.eu-west-1.amazonaws.com"
