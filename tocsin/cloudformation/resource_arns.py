"""The form of a resource's ARN, and whether Ref gives it: what CloudFormation's schemas tell."""

from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("resource_arns.tsv")

# Those that are met most, or whose form the schemas leave open.
_USUAL = {
    "AWS::CloudWatch::Alarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::CloudWatch::CompositeAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::Kinesis::Stream": "kinesis:{region}:{account}:stream/{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
}
_BY_ARN = {"AWS::SNS::Topic"}


def arn_form(kind: str) -> str:
    """The ARN of a resource of type ``kind`` behind its partition.

    With ``{region}``, ``{account}`` and ``{name}``; made from the type where nothing tells.
    """
    if kind in _USUAL:
        return _USUAL[kind]
    _, form = _forms().get(kind, ("", ""))
    if form:
        return form
    _, service, resource = [*kind.lower().split("::"), "", ""][:3]
    return f"{service}:{{region}}:{{account}}:{resource}/{{name}}"


def refers_by_arn(kind: str) -> bool:
    """Whether a Ref to a resource of type ``kind`` is its ARN."""
    if kind in _USUAL:
        return kind in _BY_ARN
    return _forms().get(kind, ("", ""))[0] == "arn"


@cache
def _forms() -> dict[str, tuple[str, str]]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {kind: (ref, form) for kind, ref, form in rows}
