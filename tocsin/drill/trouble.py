"""AWS's own failures while a drill is held: they fail what was being looked at, not the drill."""

from collections.abc import Iterator

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
)

from tocsin.drill.checks import Check, Finding, Kind, Link, RowEnd, Stopwatch, outcome
from tocsin.exceptions import TocsinError

AWS_ERRORS = (BotoCoreError, ClientError)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html, and what
# botocore itself takes for throttling.
_THROTTLING = frozenset(
    {
        "LimitExceeded",
        "LimitExceededException",
        "RequestLimitExceeded",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)


def passes(error: Exception) -> bool:
    """Whether the same call may well succeed a moment later."""
    if not isinstance(error, ClientError):
        return isinstance(error, ConnectionError | HTTPClientError)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or error.response.get("Error", {}).get("Code") in _THROTTLING


def guarded(function: str, kind: Kind, link: Link, checks: Iterator[Check]) -> Iterator[Check]:
    """``checks``; where AWS gives up in the middle of them, that is a failed check of ``link``."""
    watch = Stopwatch()
    try:
        yield from checks
    except (TocsinError, *AWS_ERRORS) as error:
        yield outcome(function, kind, link, f"not looked at: {error}", watch.lap())


def row(function: str, kind: Kind, link: Link, checks: Iterator[Check]) -> Iterator[Finding]:
    """A row of the table; where AWS fails, its ``link`` does."""
    yield from guarded(function, kind, link, checks)
    yield RowEnd(function, kind)
