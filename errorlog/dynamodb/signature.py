"""AWS Signature Version 4 of a POST.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
Held to botocore's SigV4Auth by a test over random requests.
"""

from __future__ import annotations

import hmac
import time
from functools import lru_cache
from hashlib import sha256

from errorlog.encodings import percent_encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from errorlog.dynamodb.endpoint import Endpoint
    from errorlog.dynamodb.signing_keys import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "dynamodb"
_DATE = "x-amz-date"


def signed_headers(
    endpoint: Endpoint, headers: dict[str, str], body: bytes, held: Credentials, at: float
) -> dict[str, str]:
    """``headers`` (names in lower case) with Host, date, token and Authorization.

    ``at`` is in epoch seconds. The query of an endpoint is empty: DynamoDB has none.
    """
    moment = _moment(int(at))
    names, before, after, unsigned = _around_date(endpoint, held, tuple(headers.items()))
    request = f"{before}{moment}{after}{sha256(body).hexdigest()}"
    scope = f"{moment[:8]}/{endpoint.region}/{_SERVICE}/aws4_request"
    to_sign = f"{_ALGORITHM}\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signed = _signing(held.secret_key, scope).copy()
    signed.update(to_sign.encode())
    return {
        **unsigned,
        _DATE: moment,
        "authorization": f"{_ALGORITHM} Credential={held.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={signed.hexdigest()}",
    }


@lru_cache(maxsize=2)
def _moment(second: int) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))


@lru_cache(maxsize=1)
def _around_date(
    endpoint: Endpoint, held: Credentials, headers: tuple[tuple[str, str], ...]
) -> tuple[str, str, str, dict[str, str]]:
    """Names of the headers, the canonical request before and after the date's value, the headers.

    The same for all writes with the same keys. After it comes the hash of the body.
    """
    signed = {**dict(headers), "host": endpoint.authority}
    if held.token:
        signed["x-amz-security-token"] = held.token
    names = sorted((_DATE, *signed))
    # Each header is one line of its own, the last one included.
    lines = [f"{name}:{' '.join(signed.get(name, '').split())}\n" for name in names]
    at = names.index(_DATE)
    before = f"POST\n{percent_encoded(endpoint.path, '/~')}\n\n{''.join(lines[:at])}{_DATE}:"
    joined = ";".join(names)
    return joined, before, f"\n{''.join(lines[at + 1 :])}\n{joined}\n", signed


@lru_cache(maxsize=1)
def _signing(secret_key: str, scope: str) -> hmac.HMAC:
    """To be copied: the key is the same for a day, and to begin with it takes the longest.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html
    """
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, digestmod="sha256")
