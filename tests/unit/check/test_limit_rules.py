"""Limits: silent well below, a warning from nine tenths on, an error beyond, by stack and name."""

import copy

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.check.limit_rules import limits
from tocsin.check.reference_rules import dangling
from tocsin.cloudformation.template import Template
from tocsin.stacks import stacks_of


@pytest.fixture(scope="module")
def stack():
    (only,) = stacks_of(config.load(DEMO, "dev"))
    return only


def found(stack, template):
    return [
        (limit.severity.value, limit.subject, limit.message)
        for limit in limits(stack, Template(template))
    ]


def topics(count):
    return {f"Topic{number}": {"Type": "AWS::SNS::Topic"} for number in range(count)}


def alarm(**properties):
    return {"Resources": {"Any": {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}}}


def composite(children, longer=0):
    rule = " OR ".join(f"ALARM(a{number:02})" for number in range(children)) + " " * longer
    kind = "AWS::CloudWatch::CompositeAlarm"
    return {"Resources": {"Any": {"Type": kind, "Properties": {"AlarmRule": rule}}}}


def role(size):
    policy = {"PolicyDocument": {"Statement": "x" * size}}
    return {"Resources": {"Any": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}}}}


def logging_role(groups):
    """A role that lists so many times a log group whose reference is shorter than its ARN."""
    reference = {"Fn::GetAtt": ["Log", "Arn"]}
    policy = {"PolicyDocument": {"Statement": [{"Resource": [reference] * groups}]}}
    return {
        "Resources": {
            "Any": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [policy]}},
            "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/a"}},
        }
    }


def function(size):
    properties = {"Environment": {"Variables": {"A": "x" * size}}}
    return {"Resources": {"Any": {"Type": "AWS::Lambda::Function", "Properties": properties}}}


ACTIONS = [f"arn:aws:sns:eu-west-1:1:t{number}" for number in range(6)]
OUTPUTS = {f"Output{number}": {"Value": "x"} for number in range(201)}
CASES = [
    ({"Resources": topics(449)}, None),
    ({"Resources": topics(450)}, ("warning", "stack tocsin-dev", "450 resources of at most 500")),
    ({"Resources": topics(500)}, ("warning", "stack tocsin-dev", "500 resources of at most 500")),
    ({"Resources": topics(501)}, ("error", "stack tocsin-dev", "501 resources of at most 500")),
    ({"Outputs": OUTPUTS}, ("error", "stack tocsin-dev", "201 outputs of at most 200")),
    (
        {"Metadata": "x" * 1_048_576},
        ("error", "stack tocsin-dev", "1,048,591 bytes of template of at most 1,048,576"),
    ),
    # Every alarm may use all of these.
    (alarm(AlarmActions=ACTIONS[:5]), None),
    (alarm(AlarmActions=ACTIONS), ("error", "Any", "6 AlarmActions of at most 5")),
    (alarm(Metrics=[{}] * 10), None),
    (alarm(Metrics=[{}] * 11), ("error", "Any", "11 queries of at most 10")),
    (
        alarm(AlarmDescription="x" * 1025),
        ("error", "Any", "1,025 characters of description of at most 1,024"),
    ),
    (composite(35), None),
    (composite(90), ("warning", "Any", "90 alarms in the rule of at most 100")),
    (composite(1, 9_990), ("warning", "Any", "10,000 characters of rule of at most 10,240")),
    (
        function(4_096),
        ("error", "Any", "4,097 bytes of environment of at most 4,096"),
    ),
    (role(10_240), ("error", "Any", "10,256 characters of inline policies of at most 10,240")),
    # 28 characters in the template, 63 in the policy.
    (logging_role(143), None),
    (logging_role(160), ("error", "Any", "10,270 characters of inline policies of at most 10,240")),
]


@pytest.mark.parametrize(("template", "expected"), CASES)
def test_a_limit_is_told_with_how_near_it_is(stack, template, expected) -> None:
    assert found(stack, template) == ([] if expected is None else [expected])


def test_the_shipped_stack_is_near_none(compiled, stack) -> None:
    assert found(stack, compiled("dev")) == []


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ({"Ref": "Nobody"}, "Nobody"),
        ({"Fn::GetAtt": ["Nobody", "Arn"]}, "Nobody"),
        ({"Fn::GetAtt": "Nobody.Arn"}, "Nobody"),
        ({"Fn::Sub": "arn:${AWS::Partition}:${Nobody.Arn}"}, "Nobody"),
        ({"Fn::Sub": ["${Own}-${Other}", {"Own": {"Ref": "Nobody"}, "Other": "x"}]}, "Nobody"),
        ({"Fn::Join": ["", ["a", {"Ref": "Nobody"}]]}, "Nobody"),
    ],
)
def test_a_reference_to_what_the_stack_has_not_is_an_error(
    compiled, stack, reference, target
) -> None:
    template = copy.deepcopy(compiled("dev"))
    assert list(dangling(stack, Template(template))) == []
    template["Resources"]["OrdersLatencyAlarm"]["Properties"]["AlarmActions"] = [reference]
    (finding,) = dangling(stack, Template(template))
    assert (finding.subject, finding.rule) == ("OrdersLatencyAlarm", "references")
    assert finding.message == f"refers to {target}, which is not in the stack tocsin-dev"


def test_waiting_for_what_the_stack_has_not_is_an_error_too(compiled, stack) -> None:
    template = copy.deepcopy(compiled("dev"))
    template["Resources"]["OrdersLatencyAlarm"]["DependsOn"] = ["OrdersRole", "Nobody"]
    assert [finding.subject for finding in dangling(stack, Template(template))] == [
        "OrdersLatencyAlarm"
    ]


def test_what_stands_in_for_a_role_of_another_stack_leads_somewhere(stack) -> None:
    def found(target):
        properties = {"Role": {"Fn::GetAtt": [target, "Arn"]}}
        function = {"Type": "AWS::Lambda::Function", "Properties": properties}
        template = Template({"Resources": {"OrdersLambdaFunction": function}})
        return [finding.rule for finding in dangling(stack, template)]

    assert found("waits-for-deploy:cf:iam.Role") == []
    assert found("Nowhere") == ["references"]
