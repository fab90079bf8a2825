"""Where DynamoDB answers: by the region's partition, or as the environment says.

https://docs.aws.amazon.com/general/latest/gr/ddb.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import re
from functools import lru_cache

from errorlog import environment_variables
from errorlog.dynamodb.failure import NotConfigured
from errorlog.encodings import percent_encoded

# Beginning of a region's name -> DNS suffix, and the one with IPv6 beside IPv4. The longest that
# fits counts. A test holds them to the partitions that botocore knows.
_SUFFIXES = {
    "": ("amazonaws.com", "api.aws"),
    "cn-": ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "eusc-": ("amazonaws.eu", "api.amazonwebservices.eu"),
    "us-iso-": ("c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-": ("sc2s.sgov.gov", "api.aws.scloud"),
    "eu-isoe-": ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    "us-isof-": ("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
}
_HOST = re.compile(r"[a-z0-9._:-]+")
_USUAL = re.compile(r"(https?)://([a-z0-9.-]{1,253})(?::([0-9]{1,5}))?(/[A-Za-z0-9/_.~-]*)?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Endpoint:
    """``host`` is what is connected to, ``authority`` what the header Host says."""

    __slots__ = ("authority", "host", "path", "port", "region", "tls", "url")

    def __init__(self, url: str, region: str) -> None:
        """Raises:
        NotConfigured: ``url`` is none that can be called.
        """
        scheme, host, port, path = _parts(url)
        if scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
            raise NotConfigured(f"Endpoint: {url[:200]!r} is no URL of http or https")
        default = _DEFAULT_PORTS[scheme]
        self.tls = scheme == "https"
        self.host = host
        self.port = port or default
        shown = f"[{host}]" if ":" in host else host
        self.authority = shown if self.port == default else f"{shown}:{self.port}"
        self.path = _path(path)
        self.region = region
        self.url = f"{scheme}://{self.authority}{self.path}"


def _parts(url: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path of ``url``.

    Raises:
        NotConfigured: it is none.
    """
    usual = _USUAL.fullmatch(url)
    if usual is not None and int(usual[3] or 1) < 65_536:
        return usual[1], usual[2], int(usual[3]) if usual[3] else None, usual[4] or ""
    # Only now: loading it is a tenth of a first failure.
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port, parts.path
    except ValueError as error:
        raise NotConfigured(f"Endpoint: {url[:200]!r} is no URL: {error}") from error


NAMES = (
    b"AWS_REGION", b"AWS_DEFAULT_REGION", b"AWS_ENDPOINT_URL_DYNAMODB", b"AWS_ENDPOINT_URL",
    b"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", b"AWS_USE_DUALSTACK_ENDPOINT",
    b"AWS_USE_FIPS_ENDPOINT",
)  # fmt: skip


def of_environment() -> Endpoint:
    """The endpoint of the region that the function runs in.

    Raises:
        NotConfigured: no region, or an endpoint that is no URL.
    """
    return endpoint(environment_variables.held(NAMES))


@lru_cache(maxsize=1)
def endpoint(held: tuple[environment_variables.Held, ...]) -> Endpoint:
    """The same where :data:`NAMES` are set to ``held``."""
    here, default, own, every, ignored, dual_stack, fips = map(environment_variables.text, held)
    # Lambda sets both; AWS_REGION is where the function is, whatever a handler makes of the other.
    region = here or default
    if not region:
        raise NotConfigured("Region: AWS_REGION is not set")
    configured = own or every
    if configured and not _is_true(ignored):
        return Endpoint(configured, region)
    url = of_region(region, dual_stack=_is_true(dual_stack), fips=_is_true(fips))
    return Endpoint(url, region)


def of_region(region: str, *, dual_stack: bool = False, fips: bool = False) -> str:
    """The URL of DynamoDB in ``region``, with IPv6 and with FIPS 140 modules where asked."""
    if not region.replace("-", "").isalnum() or not region.isascii():
        raise NotConfigured(f"Region: {region[:100]!r} is no name of a region")
    beginning = max((suffix for suffix in _SUFFIXES if region.startswith(suffix)), key=len)
    # GovCloud's plain endpoints are validated ones.
    name = (
        "dynamodb-fips" if fips and (dual_stack or not region.startswith("us-gov-")) else "dynamodb"
    )
    return f"https://{name}.{region}.{_SUFFIXES[beginning][dual_stack]}"


def _is_true(value: str) -> bool:
    return value.strip().lower() == "true"


def _path(path: str) -> str:
    """As it is signed and sent: without empty and dot segments, quoted once."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    ending = "/" if path.endswith("/") and kept else ""
    return percent_encoded(f"/{'/'.join(kept)}{ending}", "/~%")
