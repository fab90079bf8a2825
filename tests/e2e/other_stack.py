"""A function that is there before the project is deployed: another stack's, without errorlog."""

import io
import json
import zipfile
from typing import Any

from tests.e2e.conftest import Project


def archive(code: str) -> bytes:
    """The zip of a function whose module is ``app``."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("app.py", code)
    return packed.getvalue()


def deploy_elsewhere(project: Project, name: str, code: str) -> None:
    """Make the function ``name`` with ``app.handler`` in ``code``, its log and its role."""
    iam = project.client("iam")
    trust = {"Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    logs = _policy({"Action": "logs:*", "Resource": "*"})
    iam.put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=logs)
    project.client("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
    project.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": archive(code)},
        Timeout=1,
    )


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
