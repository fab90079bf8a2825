"""AWS's Signature Version 4, checked: what a request says of it, and what it should be.

The signature that a request should have is computed by botocore, which signs most of what is
sent here. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from tocsin.local.access.refusal import AccessRefused
from tocsin.local.access.request import Request

ALGORITHM = "AWS4-HMAC-SHA256"
TIME = "%Y%m%dT%H%M%SZ"
_SKEW = {"s3": dt.timedelta(minutes=15)}
_SKEW_ELSEWHERE = dt.timedelta(minutes=5)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html; S3 documents fifteen."""
_CHOOSES = "smithy-protocol"
"""No ``x-amz-`` header, and like ``x-amz-target`` it says what is asked of whom."""
_SIGNED_AS_PAYLOAD = "x-amz-content-sha256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
_CHUNKED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class SignatureV4:
    """What a request says of its signature. ``expires`` is in seconds, None in a header."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str
    time: dt.datetime
    token: str
    expires: int | None = None

    def check_time(self, now: dt.datetime) -> None:
        """Refuse what was signed too long ago, or is yet to be.

        Raises:
            AccessRefused: ``RequestExpired`` for a presigned URL, else ``RequestTimeTooSkewed``.
        """
        skew = _SKEW.get(self.service, _SKEW_ELSEWHERE)
        given = self.time.strftime(TIME)
        if self.time > now + skew:
            raise AccessRefused(
                "RequestTimeTooSkewed",
                f"Signature not yet current: {given} is still later than {now + skew:{TIME}}",
            )
        if self.expires is not None:
            if now > self.time + dt.timedelta(seconds=self.expires):
                raise AccessRefused("RequestExpired", "Request has expired")
        elif self.time < now - skew:
            raise AccessRefused(
                "RequestTimeTooSkewed",
                f"Signature expired: {given} is now earlier than {now - skew:{TIME}}",
            )

    def check(self, request: Request, secret: str, body: bytes) -> bool:
        """Compute what the signature should be with ``secret``, and compare.

        Returns: whether the body is signed, too.

        Raises:
            AccessRefused: they differ, the body is not the one that was signed, or a header that
                says what is asked for was put to it afterwards.
        """
        self._check_headers(request)
        claimed = request.header(_SIGNED_AS_PAYLOAD)
        if claimed is None and self.expires is not None and self.service == "s3":
            claimed = _UNSIGNED
        actual = hashlib.sha256(body).hexdigest()
        payload = actual if claimed is None else claimed
        expected, signer = _expected(request, self, secret, payload)
        if not hmac.compare_digest(expected.encode(), self.value.encode()):
            raise AccessRefused("SignatureDoesNotMatch", _MISMATCH)
        free = payload == _UNSIGNED or payload.startswith("STREAMING-UNSIGNED-PAYLOAD")
        if payload.startswith(_CHUNKED):
            matches = _chunks_match(body, expected, self, signer)
        else:
            matches = free or hmac.compare_digest(payload.encode(), actual.encode())
        if not matches:
            raise AccessRefused("SignatureDoesNotMatch", _MISMATCH)
        return not free

    def _check_headers(self, request: Request) -> None:
        """A link that opens one object must not open, with a header more, everything else.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html:
        ``host`` and every ``x-amz-`` header must be among the signed ones.
        """
        unsigned = {
            name
            for name, _ in request.headers
            if name == _CHOOSES or (name.startswith("x-amz-") and name != _SIGNED_AS_PAYLOAD)
        } - set(self.signed_headers)
        if unsigned:
            raise AccessRefused(
                "SignatureDoesNotMatch",
                "There were headers present in the request which were not signed: "
                + ", ".join(sorted(unsigned)),
            )


def _expected(
    request: Request, signature: SignatureV4, secret: str, payload: str
) -> tuple[str, tuple[SigV4Auth, AWSRequest]]:
    """The signature by botocore, and what further ones in the body are computed with."""
    as_sent = HTTPHeaders()
    for name, value in request.headers:
        if name in signature.signed_headers:
            as_sent.add_header(name, value)
    kind = _OfS3 if signature.service == "s3" else _OfOthers
    signer = kind(Credentials(signature.access_key_id, secret), signature.service, signature.region)
    signed: Any = AWSRequest(request.method, f"http://stage{request.path}")
    signed.headers = as_sent
    signed.params = [pair for pair in request.parameters if pair[0] != "X-Amz-Signature"]
    signed.context |= {"timestamp": signature.time.strftime(TIME), "payload": payload}
    text = signer.string_to_sign(signed, signer.canonical_request(signed))
    return str(signer.signature(text, signed)), (signer, signed)


class _AsSent:
    """botocore's signer picks the headers and hashes the body: here both were chosen before."""

    def headers_to_sign(self, request: Any) -> Any:
        return request.headers

    def payload(self, request: Any) -> Any:
        return request.context["payload"]


class _OfOthers(_AsSent, SigV4Auth):
    pass


class _OfS3(_AsSent, S3SigV4Auth):
    pass


def _chunks_match(
    body: bytes, seed: str, signature: SignatureV4, signer: tuple[SigV4Auth, AWSRequest]
) -> bool:
    """Whether each chunk of an upload in parts has its signature, which includes the one before.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    """
    signs, request = signer
    nothing = hashlib.sha256(b"").hexdigest()
    previous, at = seed, 0
    while (line_end := body.find(b"\r\n", at)) >= 0:
        size_text, _, given = body[at:line_end].partition(b";chunk-signature=")
        try:
            size = int(size_text, 16)
        except ValueError:
            return False
        chunk = body[line_end + 2 : line_end + 2 + size]
        previous = signs.signature(
            "\n".join(
                [
                    f"{ALGORITHM}-PAYLOAD",
                    signature.time.strftime(TIME),
                    signs.credential_scope(request),
                    previous,
                    nothing,
                    hashlib.sha256(chunk).hexdigest(),
                ]
            ),
            request,
        )
        if size < 0 or not hmac.compare_digest(previous.encode(), given.strip()):
            return False
        if size == 0:
            return True
        at = line_end + 2 + size + 2
    return False
