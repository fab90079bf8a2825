"""What a read of the account can end in, and what a person is told to do."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)

from tests.conftest import DEMO
from tocsin import config
from tocsin.aws.account import NoCredentials, NotDeployed
from tocsin.exceptions import InputError
from tocsin.local.errors import LocalStageError
from tocsin.web.troubles import Obstacle, trouble


def answered(code, message="said", operation="Query"):
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


DENIED = (
    "User: arn:aws:sts::123456789012:assumed-role/reader/me is not authorized to perform: "
    "dynamodb:Query on resource: arn:aws:dynamodb:us-east-1:123456789012:table/x"
)
PERMISSIONS = "./inv permissions --stage dev --role reader"
TROUBLES = [
    (answered("ExpiredTokenException"), Obstacle.CREDENTIALS, "expired", "aws sts"),
    (answered("ExpiredToken"), Obstacle.CREDENTIALS, "expired", "aws sts"),
    (answered("InvalidClientTokenId"), Obstacle.CREDENTIALS, "refused", "aws sts"),
    (UnauthorizedSSOTokenError(), Obstacle.CREDENTIALS, "expired", "aws sts"),
    (NoCredentialsError(), Obstacle.CREDENTIALS, "expired", "aws sts"),
    (ProfileNotFound(profile="x"), Obstacle.CREDENTIALS, "expired", "aws sts"),
    (NoCredentials("none"), Obstacle.CREDENTIALS, "expired", "aws sts"),
    (answered("AccessDeniedException", DENIED), Obstacle.DENIED,
     "You may not dynamodb:Query on table/x.", PERMISSIONS),
    (answered("AccessDenied", f"{DENIED}/index/functionName-index because no policy allows it"),
     Obstacle.DENIED, "Query on table/x/index/functionName-index.", PERMISSIONS),
    (answered("AccessDenied", DENIED.partition(" on resource")[0]), Obstacle.DENIED,
     "You may not dynamodb:Query.", PERMISSIONS),
    (answered("AccessDenied", "no"), Obstacle.DENIED, "You may not Query.", PERMISSIONS),
    (answered("ThrottlingException"), Obstacle.THROTTLED, "throttles Query", ""),
    (answered("RequestLimitExceeded"), Obstacle.THROTTLED, "throttles Query", ""),
    (answered("ResourceNotFoundException"), Obstacle.NOT_DEPLOYED, "is not deployed", "deploy"),
    (NotDeployed("no table"), Obstacle.NOT_DEPLOYED, "Stage dev is not deployed", "./inv deploy"),
    (answered("ValidationError", "Stack with id x does not exist"), Obstacle.NOT_DEPLOYED, "", ""),
    (EndpointConnectionError(endpoint_url="x"), Obstacle.UNREACHABLE, "does not answer", ""),
    (LocalStageError("gone"), Obstacle.UNREACHABLE, "local stage does not run", "./inv deploy"),
    (answered("InternalServerError"), Obstacle.FAILED, "Query failed", ""),
    (InputError("found x; accepted: y"), Obstacle.FAILED, "found x; accepted: y", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "obstacle", "what", "command"),
    TROUBLES,
    ids=[f"{type(error).__name__} {error}"[:60] for error, *_ in TROUBLES],
)
def test_a_failure_has_words_and_a_remedy(stage, error, obstacle, what, command) -> None:
    found = trouble(error, stage)
    assert found.obstacle is obstacle
    assert what in found.what
    assert command in found.command
    assert bool(command) or obstacle in (Obstacle.NOT_DEPLOYED,) or not found.command


@pytest.mark.parametrize(
    ("method", "profile", "command"),
    [
        ("sso", "work", "aws sso login --profile work"),
        ("sso", "default", "aws sso login"),
        ("login", "work", "aws login --profile work"),
        ("shared-credentials-file", "work", "aws sts get-caller-identity --profile work"),
        ("assume-role", "work", "aws sts get-caller-identity --profile work"),
        ("env", "default", "aws sts get-caller-identity"),
    ],
)
def test_expired_credentials_name_the_profile_and_how_to_sign_in(
    stage, method, profile, command
) -> None:
    credentials = SimpleNamespace(method=method)
    session = SimpleNamespace(profile_name=profile, get_credentials=lambda: credentials)
    found = trouble(answered("ExpiredToken"), stage, SimpleNamespace(session=session))
    assert found.command == command
    named = "of the environment" if method == "env" else f"of profile {profile}"
    assert named in found.what


def test_a_local_stage_that_was_started_anew_has_other_keys() -> None:
    found = trouble(answered("InvalidClientTokenId"), config.load(DEMO, "local"))
    assert found.what == "The local stage was started anew since."


def test_what_no_account_can_do_is_a_bug(stage) -> None:
    with pytest.raises(KeyError):
        trouble(KeyError("x"), stage)


def test_what_was_said_is_bounded(stage) -> None:
    assert len(trouble(answered("Other", "x" * 100_000), stage).detail) < 500
