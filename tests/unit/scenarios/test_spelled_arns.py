"""A queue, table or function of another stack that a template names by its ARN is not unknown."""

from typing import Any

import pytest

from tocsin.cloudformation.template import Template
from tocsin.cloudformation.undeployed import undeployed
from tocsin.findings import Severity
from tocsin.scenarios import alarms_of, prove
from tocsin.scenarios.spelled_arns import spelled_arns

HERE = "us-east-1:123456789012"


def spelled(*values: Any) -> frozenset[tuple[str, str]]:
    resource = {"Type": "AWS::IAM::Policy", "Properties": {"Given": list(values)}}
    given = {"Parameter": {"Type": "String"}}
    template = Template({"Parameters": given, "Resources": {"Own": resource}})
    return spelled_arns(template, undeployed(template))


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (f"arn:aws:sqs:{HERE}:jobs", ("QueueName", "jobs")),
        (f"arn:aws-cn:sqs:{HERE}:jobs.fifo", ("QueueName", "jobs.fifo")),
        (f"arn:aws:dynamodb:{HERE}:table/jobs", ("TableName", "jobs")),
        (f"arn:aws:dynamodb:{HERE}:table/jobs/stream/2026", ("TableName", "jobs")),
        (f"arn:aws:dynamodb:{HERE}:table/jobs/index/*", ("TableName", "jobs")),
        (f"arn:aws:lambda:{HERE}:function:jobs", ("FunctionName", "jobs")),
        (f"arn:aws:lambda:{HERE}:function:jobs:live", ("FunctionName", "jobs")),
        (
            {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:jobs"},
            ("QueueName", "jobs"),
        ),
        (
            {"Fn::Join": [":", ["arn:aws:sqs", {"Ref": "AWS::Region"}, "1", "jobs"]]},
            ("QueueName", "jobs"),
        ),
        ({"Deep": [{"er": [f"arn:aws:sqs:{HERE}:jobs"]}]}, ("QueueName", "jobs")),
        # What stands for several, or for something else, names none.
        (f"arn:aws:sqs:{HERE}:jobs-*", None),
        (f"arn:aws:sns:{HERE}:jobs", None),
        (f"see arn:aws:sqs:{HERE}:jobs", None),
        ({"Fn::Sub": "arn:aws:sqs:us-east-1:1:${Parameter}"}, None),
        ({"Fn::Join": "no list"}, None),
        (7, None),
        (None, None),
    ],
)
def test_names_are_read_of_arns_wherever_they_stand(
    value: Any, named: tuple[str, str] | None
) -> None:
    assert spelled(value) == ({named} if named else frozenset())


def alarm(namespace: str, metric: str, key: str, name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "about-another",
            "Namespace": namespace, "MetricName": metric,
            "Dimensions": [{"Name": key, "Value": name}],
            "Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "Alerts"}],
        },
    }  # fmt: skip


OWN = {
    "Alerts": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts"}},
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dev-jobs"}},
    "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "dev-jobs"}},
    "Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "dev-jobs"}},
}
KINDS = {
    "sqs": ("jobs", ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName")),
    "dynamodb": ("table/jobs", ("AWS/DynamoDB", "SystemErrors", "TableName")),
    "lambda": ("function:jobs", ("AWS/Lambda", "Throttles", "FunctionName")),
}


def said(service: str, spelled_out: bool, name: str = "jobs") -> set[tuple[str, Severity]]:
    path, about = KINDS[service]
    policy = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "PolicyDocument": {"Statement": [{"Resource": f"arn:aws:{service}:{HERE}:{path}"}]}
        },
    }
    resources = {
        **OWN,
        **({"Policy": policy} if spelled_out else {}),
        "Alarm": alarm(*about, name),
    }
    return {
        (finding.rule, finding.severity)
        for finding in prove(alarms_of({"Resources": resources}))
        if finding.rule in ("unknown-resource", "unknown-function")
    }


@pytest.mark.parametrize("service", KINDS)
def test_jobs_of_another_stack_beside_dev_jobs(service: str) -> None:
    assert said(service, spelled_out=True) == set()
    ((_, severity),) = said(service, spelled_out=False)
    assert severity is Severity.ERROR


@pytest.mark.parametrize("service", KINDS)
def test_what_is_named_makes_no_other_name_an_error(service: str) -> None:
    """It is not the template's own, so that a longer name may be anybody's."""
    ((_, severity),) = said(service, spelled_out=True, name="jobs-archive")
    assert severity is Severity.WARNING
