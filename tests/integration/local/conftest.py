"""One stage of its own for this folder: a free port, a path with a space, poisoned credentials."""

from __future__ import annotations

import io
import json
import os
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests import left_stages
from tocsin.local import LocalStage, start, stop
from tocsin.local.ports import any_free

REGION = "eu-west-1"
POISON = {
    "AWS_ACCESS_KEY_ID": "AKIADEVELOPERSREALKEY",
    "AWS_SECRET_ACCESS_KEY": "developers-real-secret",
    "AWS_SESSION_TOKEN": "developers-real-token",
    "AWS_PROFILE": "developers-profile",
}
"""A developer's own environment, none of which may reach the stage."""


def pytest_unconfigure(config: pytest.Config) -> None:
    left_stages.stop_them(config)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStage]:
    directory = tmp_path_factory.mktemp("local stage")
    before = {name: os.environ.get(name) for name in POISON}
    os.environ.update(POISON)
    try:
        started = start(any_free(), directory, region=REGION, full_speed=True)
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    yield started
    stop(directory)


@pytest.fixture(scope="session")
def aws(stage: LocalStage) -> Callable[..., Any]:
    """A boto3 client of the stage, as its root account; takes a service and a Config."""
    return clients(stage)


def clients(stage: LocalStage) -> Callable[..., Any]:
    given = stage.environment()
    session = boto3.Session(
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    return lambda service, config=None: session.client(
        service, endpoint_url=stage.endpoint, config=config
    )


def archive(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, text in files.items():
            opened.writestr(name, text)
    return buffer.getvalue()


@dataclass(frozen=True)
class Deployed:
    """A function on the stage."""

    name: str
    aws: Callable[..., Any]

    def invoke(self, event: object = None) -> tuple[str | None, Any]:
        """FunctionError (None when it succeeded) and the payload."""
        answer = self.aws("lambda").invoke(FunctionName=self.name, Payload=json.dumps(event or {}))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def log(self) -> list[str]:
        """Every message in its log group, oldest first."""
        events = self.aws("logs").filter_log_events(logGroupName=f"/aws/lambda/{self.name}")
        return [event["message"] for event in events["events"]]


Deploy = Callable[..., Deployed]


@pytest.fixture
def deploy(aws: Callable[..., Any]) -> Iterator[Deploy]:
    """Makes a function with a role of its own, that may write logs."""
    made: list[str] = []
    yield deploying(aws, made)
    for name in made:
        aws("lambda").delete_function(FunctionName=name)


def deploying(aws: Callable[..., Any], made: list[str]) -> Deploy:
    """What makes functions and adds their names to ``made``.

    Its ``allow`` lists (action, resource) pairs.
    """

    def make(
        code: str,
        *,
        allow: list[tuple[str, str]] | None = None,
        layers: list[str] | None = None,
        timeout: int = 5,
        handler: str = "app.handler",
        variables: dict[str, str] | None = None,
        logs: bool = True,
    ) -> Deployed:
        name = f"fn-{uuid.uuid4().hex[:8]}"
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=_policy([trust]))[
            "Role"
        ]["Arn"]
        allowed = [*(allow or []), *([("logs:*", "*")] if logs else [])]
        statements = [
            {"Effect": "Allow", "Action": action, "Resource": resource}
            for action, resource in allowed
        ]
        if statements:
            aws("iam").put_role_policy(
                RoleName=name, PolicyName="allow", PolicyDocument=_policy(statements)
            )
        aws("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=role,
            Handler=handler,
            Timeout=timeout,
            Layers=layers or [],
            Environment={"Variables": variables or {}},
            Code={"ZipFile": archive({"app.py": code})},
        )
        made.append(name)
        return Deployed(name, aws)

    return make


@pytest.fixture(scope="session")
def table(aws: Callable[..., Any]) -> str:
    """The ARN of a table called ``errors``."""
    described = aws("dynamodb").create_table(
        TableName="errors",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    return str(described["TableDescription"]["TableArn"])


@pytest.fixture
def layer(aws: Callable[..., Any], tmp_path: Path) -> str:
    """A published layer with a module ``shared`` in it."""
    published = aws("lambda").publish_layer_version(
        LayerName="shared", Content={"ZipFile": archive({"python/shared.py": "ANSWER = 42\n"})}
    )
    return str(published["LayerVersionArn"])


def _policy(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
