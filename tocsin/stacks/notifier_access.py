"""What the notifier may read beside records: alarms, metrics, and the secrets of its channels."""

from typing import Any

from tocsin.config import Stage

_PLACE = "arn:${AWS::Partition}"
_HERE = "${AWS::Region}:${AWS::AccountId}"


def reading() -> dict[str, Any]:
    """The right to read alarms and metrics, as a statement of its role.

    No action of them knows a resource that would do:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html,
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    """
    return {
        "Sid": "ReadAlarms",
        "Effect": "Allow",
        "Action": [
            "cloudwatch:DescribeAlarmHistory",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:GetMetricData",
        ],
        "Resource": "*",
    }


def secrets(stage: Stage) -> list[dict[str, Any]]:
    """The right to read each channel's secret, and no other; none where no channel has one.

    Secrets Manager's ARNs end in six characters of its own.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
    """
    named = sorted({person.secret for person in stage.people if person.secret})
    parameters = [_parameter(name) for kind, name in map(_parts, named) if kind == "ssm"]
    held = [_secret(name) for kind, name in map(_parts, named) if kind != "ssm"]
    statements: list[dict[str, Any]] = []
    if parameters:
        statements.append(_statement("ReadParameters", "ssm:GetParameter", parameters))
    if held:
        statements.append(_statement("ReadSecrets", "secretsmanager:GetSecretValue", held))
    return statements


def _parts(reference: str) -> tuple[str, str]:
    kind, _, name = reference.partition(":")
    return kind, name


def _parameter(name: str) -> dict[str, str]:
    return {"Fn::Sub": f"{_PLACE}:ssm:{_HERE}:parameter/{name.removeprefix('/')}"}


def _secret(name: str) -> dict[str, str]:
    return {"Fn::Sub": f"{_PLACE}:secretsmanager:{_HERE}:secret:{name}-??????"}


def _statement(sid: str, action: str, resources: list[dict[str, str]]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resources}
