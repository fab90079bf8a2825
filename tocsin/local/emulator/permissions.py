"""The resource that writing and reading a log stream is checked against, as IAM has it."""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_actions

_OF_A_STREAM = ("CreateLogGroup", "CreateLogStream", "PutLogEvents", "GetLogEvents")


def install() -> None:
    """Check them on ``log-group:name:log-stream:stream`` or ``log-group:name:*``.

    ministack checks them on ``log-group:name``, which the ARN that CloudFormation gives for a
    group, ending in ``:*``, does not match: a role that may write on AWS could not here.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    resource_of = iam_actions.extract_resource_arn

    def with_stream(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
    ) -> str:
        arn: str = resource_of(service, method, path, headers, body, *rest)
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if service != "logs" or operation not in _OF_A_STREAM or ":log-group:" not in arn:
            return arn
        stream = _stream(body)
        return f"{arn}:log-stream:{stream}" if stream else f"{arn}:*"

    iam_actions.extract_resource_arn = with_stream


def _stream(body: bytes) -> str:
    try:
        return str(json.loads(body).get("logStreamName") or "")
    except (ValueError, AttributeError):
        return ""
