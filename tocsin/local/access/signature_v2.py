"""S3's Signature Version 2 in the query of a presigned URL: what boto3 makes where none is chosen.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html. It covers the path and
those parameters that S3 knows, and no more: whatever else is in the query is refused here.
"""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import HmacV1Auth
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from tocsin.local.access.refusal import AccessRefused
from tocsin.local.access.request import Request

MARK = "AWSAccessKeyId"
_TOKEN = "x-amz-security-token"  # noqa: S105  its name
_HEADERS = ("content-type", "content-md5")
_OF_THE_SIGNATURE = (MARK, "Signature", "Expires", _TOKEN)


@dataclass(frozen=True)
class SignatureV2:
    """What the query says of its signature; ``expires`` as it is given, in epoch seconds."""

    access_key_id: str
    value: str
    expires: str
    token: str

    def check_time(self, now: dt.datetime) -> None:
        """Refuse a URL that is no longer good.

        Raises:
            AccessRefused: ``RequestExpired``.
        """
        if now.timestamp() > int(self.expires):
            raise AccessRefused("RequestExpired", "Request has expired")

    def check(self, request: Request, secret: str, body: bytes) -> bool:
        """Compute what the signature should be with ``secret``, and compare.

        Returns: whether the body is signed, too; here it never is.

        Raises:
            AccessRefused: they differ.
        """
        del body  # a presigned URL leaves it to whoever uses it
        headers: Any = HTTPHeaders()
        moved = _moved_into_the_query(request)
        sent = [(name, value) for name, value in request.headers if moved.get(name) != value]
        for name, value in [*sent, *moved.items()]:
            headers.add_header(name, value)
        signer = _Signer(Credentials(self.access_key_id, secret, self.token or None), self.expires)
        split = urlsplit(f"http://stage{request.path}?{request.query}")
        expected = signer.get_signature(request.method, split, headers)
        if not hmac.compare_digest(str(expected).encode(), self.value.encode()):
            raise AccessRefused(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            )
        return False


def read(request: Request) -> SignatureV2:
    """The signature of a request whose query has ``AWSAccessKeyId``.

    Raises:
        AccessRefused: it asks for more than an object or a bucket, or a part is missing.
    """
    parameters = request.parameters
    given = dict(parameters)
    more = set(given) - {*_OF_THE_SIGNATURE, *HmacV1Auth.QSAOfInterest}
    more -= set(_moved_into_the_query(request))
    elsewhere = any(name in ("x-amz-target", "smithy-protocol") for name, _ in request.headers)
    if len(given) != len(parameters) or more or elsewhere or request.path == "/":
        raise AccessRefused("UnsupportedSignature", "AWS4-HMAC-SHA256 is accepted")
    expires = given.get("Expires", "")
    if not given.get("Signature") or not (expires.isascii() and expires.isdigit()):
        raise AccessRefused("IncompleteSignature", "Signature and Expires are required")
    return SignatureV2(given[MARK], given["Signature"], expires[:12], given.get(_TOKEN, ""))


def _moved_into_the_query(request: Request) -> dict[str, str]:
    """Headers that were signed and stand in the query, as botocore has them."""
    return {
        name: value
        for name, value in request.parameters
        if name in _HEADERS or (name.startswith("x-amz-") and name != _TOKEN)
    }


class _Signer(HmacV1Auth):
    """botocore's, with the time that was signed in place of this moment's."""

    def __init__(self, credentials: Credentials, expires: str) -> None:
        super().__init__(credentials)
        self._expires = expires

    def _get_date(self) -> str:
        return self._expires
