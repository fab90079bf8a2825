"""Which signature a request has: Version 4 in the header or in the query, Version 2, or none.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import datetime as dt
import re

from tocsin.local.access import signature_v2
from tocsin.local.access.refusal import AccessRefused
from tocsin.local.access.request import Request
from tocsin.local.access.signature_v2 import SignatureV2
from tocsin.local.access.signature_v4 import ALGORITHM, TIME, SignatureV4

_LONGEST = 7 * 24 * 3600
"""Seconds a presigned URL may be good for."""
_OF_A_PRESIGNED = ("x-amz-algorithm", "x-amz-credential", "x-amz-signature", "awsaccesskeyid")


def read(request: Request) -> SignatureV4 | SignatureV2 | None:
    """The signature of ``request``; None where it has none at all.

    Raises:
        AccessRefused: a part is missing or twice there, or it is signed in another way.
    """
    authorization = request.header("authorization")
    parameters = request.parameters
    presigned = any(name.lower() in _OF_A_PRESIGNED for name, _ in parameters)
    if authorization is not None and presigned:
        raise AccessRefused(
            "IncompleteSignature", "a signature in the header and one in the query: one is accepted"
        )
    if presigned:
        second = any(name == signature_v2.MARK for name, _ in parameters)
        return signature_v2.read(request) if second else _of_query(parameters)
    if authorization is None or not authorization.startswith("AWS"):
        return None
    return _of_header(request, authorization)


def _of_header(request: Request, authorization: str) -> SignatureV4:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise AccessRefused("UnsupportedSignature", f"{ALGORITHM} is accepted")
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        if name in fields:
            raise AccessRefused("IncompleteSignature", f"Authorization has {name} twice")
        fields[name] = value
    missing = [
        name for name in ("Credential", "SignedHeaders", "Signature") if not fields.get(name)
    ]
    if missing:
        raise AccessRefused(
            "IncompleteSignature", f"Authorization header requires {', '.join(missing)}."
        )
    return _signature(
        fields["Credential"],
        fields["SignedHeaders"],
        fields["Signature"],
        time=request.header("x-amz-date") or "",
        token=request.header("x-amz-security-token") or "",
        expires=None,
    )


def _of_query(parameters: list[tuple[str, str]]) -> SignatureV4:
    def value(name: str, otherwise: str | None = None) -> str:
        found = [(given, text) for given, text in parameters if given.lower() == name.lower()]
        if not found and otherwise is not None:
            return otherwise
        if len(found) != 1 or found[0][0] != name:
            raise AccessRefused(
                "IncompleteSignature", f"AWS query-string parameters must include one {name}."
            )
        return found[0][1]

    if value("X-Amz-Algorithm") != ALGORITHM:
        raise AccessRefused("UnsupportedSignature", f"{ALGORITHM} is accepted")
    expires = value("X-Amz-Expires", "900")
    if not re.fullmatch("[0-9]{1,6}", expires) or not 1 <= int(expires) <= _LONGEST:
        raise AccessRefused(
            "IncompleteSignature", f"X-Amz-Expires: accepted: 1 to {_LONGEST}, in seconds"
        )
    return _signature(
        value("X-Amz-Credential"),
        value("X-Amz-SignedHeaders"),
        value("X-Amz-Signature"),
        time=value("X-Amz-Date"),
        token=value("X-Amz-Security-Token", ""),
        expires=int(expires),
    )


def _signature(
    credential: str, signed_headers: str, value: str, *, time: str, token: str, expires: int | None
) -> SignatureV4:
    scope = credential.split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or not all(scope):
        raise AccessRefused(
            "IncompleteSignature", "Credential must be keyid/date/region/service/aws4_request"
        )
    try:
        signed_at = dt.datetime.strptime(time, TIME).replace(tzinfo=dt.UTC)
    except ValueError:
        raise AccessRefused(
            "IncompleteSignature", "X-Amz-Date is required, such as 20261123T120000Z"
        ) from None
    if scope[1] != time[:8]:
        raise AccessRefused(
            "SignatureDoesNotMatch", "Date in Credential scope does not match that of X-Amz-Date"
        )
    names = tuple(signed_headers.lower().split(";"))
    if "host" not in names:
        raise AccessRefused("IncompleteSignature", "'Host' must be a 'SignedHeader'")
    return SignatureV4(
        scope[0], scope[1], scope[2], scope[3], names, value, signed_at, token, expires
    )
