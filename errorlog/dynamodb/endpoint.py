"""Where DynamoDB answers: by the region's partition, or as the environment says.

https://docs.aws.amazon.com/general/latest/gr/ddb.html
https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote, urlsplit

from errorlog.dynamodb.failure import NotConfigured

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
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Endpoint:
    """``host`` is what is connected to, ``authority`` what the header Host says."""

    __slots__ = ("authority", "host", "path", "port", "region", "tls")

    def __init__(self, url: str, region: str) -> None:
        """Raises:
        NotConfigured: ``url`` is none that can be called.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise NotConfigured(f"Endpoint: {url[:200]!r} is no URL: {error}") from error
        if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
            raise NotConfigured(f"Endpoint: {url[:200]!r} is no URL of http or https")
        default = _DEFAULT_PORTS[parts.scheme]
        self.tls = parts.scheme == "https"
        self.host = host
        self.port = port or default
        shown = f"[{host}]" if ":" in host else host
        self.authority = shown if self.port == default else f"{shown}:{self.port}"
        self.path = _path(parts.path)
        self.region = region

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.authority}{self.path}"


def of_environment() -> Endpoint:
    """The endpoint of the region that the function runs in.

    Raises:
        NotConfigured: no region, or an endpoint that is no URL.
    """
    get = os.environ.get
    # Lambda sets both; AWS_REGION is where the function is, whatever a handler makes of the other.
    region = get("AWS_REGION") or get("AWS_DEFAULT_REGION") or ""
    if not region:
        raise NotConfigured("Region: AWS_REGION is not set")
    configured = get("AWS_ENDPOINT_URL_DYNAMODB") or get("AWS_ENDPOINT_URL")
    if configured and not _is_set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return Endpoint(configured, region)
    return Endpoint(
        of_region(
            region,
            dual_stack=_is_set("AWS_USE_DUALSTACK_ENDPOINT"),
            fips=_is_set("AWS_USE_FIPS_ENDPOINT"),
        ),
        region,
    )


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


def _is_set(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() == "true"


def _path(path: str) -> str:
    """As it is signed and sent: without empty and dot segments, quoted once."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    ending = "/" if path.endswith("/") and kept else ""
    return quote(f"/{'/'.join(kept)}{ending}", safe="/~%")
