"""What a read of the account can end in, in words for a panel: what is wrong, and what to do.

One panel fails, the rest of the page stays. Codes:
https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html and the services' own.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tocsin.aws.account import Account, NoCredentials, NotDeployed
from tocsin.config import Stage
from tocsin.exceptions import TocsinError
from tocsin.local.errors import LocalStageError
from tocsin.typed_command import typed


class Obstacle(StrEnum):
    """Kinds of trouble, as a page tells them apart."""

    CREDENTIALS = "credentials"
    DENIED = "denied"
    THROTTLED = "throttled"
    NOT_DEPLOYED = "not deployed"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    BROKEN = "broken"


@dataclass(frozen=True)
class Trouble:
    """``what`` is one sentence, ``command`` what to type, ``detail`` what the account said."""

    obstacle: Obstacle
    what: str
    command: str = ""
    detail: str = ""


_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
     "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch",
     "AuthFailure", "InvalidAccessKeyId", "MissingAuthenticationToken", "InvalidToken"}
)  # fmt: skip
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation",
     "NotAuthorized", "AuthorizationErrorException", "UnauthorizedException"}
)  # fmt: skip
_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException",
     "RequestLimitExceeded", "ProvisionedThroughputExceededException", "RequestThrottled",
     "LimitExceededException", "RequestThrottledException", "SlowDown"}
)  # fmt: skip
_MISSING = frozenset({"ResourceNotFoundException", "ResourceNotFound", "TableNotFoundException"})
# Of botocore: a profile that is not there, a sign-in that is over, a source that gives nothing.
_NO_CREDENTIALS = frozenset(
    {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError",
     "ProfileNotFound", "SSOError", "SSOTokenLoadError", "UnauthorizedSSOTokenError",
     "PendingAuthorizationExpiredError", "TokenRetrievalError", "RefreshWithMFAUnsupportedError",
     "MetadataRetrievalError", "InfiniteLoopConfigError", "LoginRefreshRequired", "LoginError"}
)  # fmt: skip
# What it may not be done to, where that is named, without its account: `table/bugs-table-prod`.
_ACTION = re.compile(
    r"not authorized to perform: ([a-z0-9-]{1,40}:[A-Za-z]{1,80})"
    r"(?: on resource: arn:[\w-]{1,20}:[\w-]{1,40}:[\w-]{0,40}:\d{0,12}:([\w./:-]{1,200}))?"
)
_LONGEST_DETAIL = 400


def trouble(
    error: Exception, stage: Stage, account: Account | None = None, role: str = "reader"
) -> Trouble:
    """What ``error`` means on a page of ``stage``.

    ``role`` is what `permissions` prints the missing rights of. Raises ``error`` again where it is
    no failure of the account's, but a bug.
    """
    if isinstance(error, ClientError):
        return _answered(error, stage, account, role)
    if isinstance(error, BotoCoreError):
        if type(error).__name__ in _NO_CREDENTIALS:
            return _credentials(stage, account, str(error))
        return Trouble(
            Obstacle.UNREACHABLE,
            f"{stage.region} does not answer.",
            detail=_cut(str(error)),
        )
    if isinstance(error, NoCredentials):
        return _credentials(stage, account, str(error))
    if isinstance(error, NotDeployed):
        return _not_deployed(stage, str(error))
    if isinstance(error, LocalStageError):
        return Trouble(
            Obstacle.UNREACHABLE,
            "The local stage does not run.",
            typed(f"deploy --stage {stage.name}"),
            _cut(str(error)),
        )
    if isinstance(error, TocsinError):
        return Trouble(Obstacle.FAILED, _cut(str(error)))
    raise error


def broken(bug: Exception) -> Trouble:
    """What a page says of ``bug``, which is nothing that the account said."""
    return Trouble(
        Obstacle.BROKEN,
        "The console broke reading this. That is a fault of Tocsin; the terminal has the"
        " traceback, and it is read again by itself.",
        detail=_cut(f"{type(bug).__name__}: {bug}"),
    )


def _answered(error: ClientError, stage: Stage, account: Account | None, role: str) -> Trouble:
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = str(error.response.get("Error", {}).get("Message", ""))
    if code in _EXPIRED:
        return _credentials(stage, account, f"{code}: {said}")
    if code in _DENIED:
        action = _ACTION.search(said)
        on = f" on {action[2]}" if action and action[2] else ""
        return Trouble(
            Obstacle.DENIED,
            f"You may not {action[1] if action else error.operation_name}{on}.",
            typed(f"permissions --stage {stage.name} --role {role}"),
            _cut(f"{code}: {said}"),
        )
    if code in _THROTTLED:
        return Trouble(
            Obstacle.THROTTLED,
            f"AWS throttles {error.operation_name}; it is asked again by itself.",
            detail=_cut(f"{code}: {said}"),
        )
    if code in _MISSING or "does not exist" in said:
        return _not_deployed(stage, f"{code}: {said}")
    return Trouble(
        Obstacle.FAILED, f"{error.operation_name} failed.", detail=_cut(f"{code}: {said}")
    )


def _not_deployed(stage: Stage, said: str) -> Trouble:
    return Trouble(
        Obstacle.NOT_DEPLOYED,
        f"Stage {stage.name} is not deployed in {stage.region}.",
        typed(f"deploy --stage {stage.name}"),
        _cut(said),
    )


def _credentials(stage: Stage, account: Account | None, said: str) -> Trouble:
    if stage.is_local:
        return Trouble(
            Obstacle.CREDENTIALS,
            "The local stage was started anew since.",
            typed(f"console --stage {stage.name}"),
            _cut(said),
        )
    profile, method = _identity(account)
    named = f"of profile {profile}" if profile else "of the environment"
    command = "aws sts get-caller-identity"
    if method.startswith(("sso", "login")):
        command = f"aws {'sso login' if method.startswith('sso') else 'login'}"
    if profile and profile != "default":
        command += f" --profile {profile}"
    return Trouble(
        Obstacle.CREDENTIALS,
        f"The credentials {named} are refused or have expired.",
        command,
        _cut(said),
    )


def _identity(account: Account | None) -> tuple[str, str]:
    """The profile, and how botocore got its credentials (``sso``, ``env``, ...)."""
    import os

    session: Any = account.session if account else None
    profile = str(getattr(session, "profile_name", "") or os.environ.get("AWS_PROFILE", ""))
    try:
        credentials = session.get_credentials() if session is not None else None
    except BotoCoreError:
        return profile, ""
    method = str(getattr(credentials, "method", "") or "")
    return ("" if method == "env" else profile), method


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_DETAIL else f"{text[:_LONGEST_DETAIL]}..."
