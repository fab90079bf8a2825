"""Alarms out of CloudFormation templates: intrinsics, conditions, and what cannot be resolved."""

import pytest

from tocsin.cloudformation.compiled_alarms import alarm_readers
from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudformation.template_file import template_of_text
from tocsin.cloudwatch import (
    CompositeAlarm,
    ExpressionError,
    Metric,
    MetricAlarm,
    MetricStat,
    RefusedDefinition,
    UnknownValueError,
    alarm_from_api,
)


def alarms_from_template(template, parameters=None):
    return [read() for _, read in alarm_readers(template, parameters)]


PROPERTIES = {
    "AlarmName": {"Fn::Sub": "errors-${Stage}"},
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "OrdersFunction"}}],
    "Statistic": "Sum",
    "Period": "60",
    "EvaluationPeriods": 2,
    "Threshold": {"Fn::FindInMap": ["Limits", {"Ref": "Stage"}, "errors"]},
    "ComparisonOperator": "GreaterThanThreshold",
    "AlarmActions": [
        {"Ref": "AlertTopic"},
        {"Fn::If": ["IsProd", {"Fn::ImportValue": "pager"}, {"Ref": "AWS::NoValue"}]},
    ],
}
TEMPLATE = {
    "Parameters": {"Stage": {"Type": "String", "Default": "dev"}, "Open": {"Type": "String"}},
    "Mappings": {"Limits": {"dev": {"errors": 10}, "prod": {"errors": 5}}},
    "Conditions": {
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "IsTest": {"Fn::Not": [{"Condition": "IsProd"}]},
    },
    "Resources": {
        "OrdersFunction": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": {"Fn::Join": ["-", ["orders", {"Ref": "Stage"}]]}},
        },
        "AlertTopic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Fn::Sub": "alerts-${Stage}"}},
        },
        "OrdersErrors": {"Type": "AWS::CloudWatch::Alarm", "Properties": PROPERTIES},
        "Service": {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": {
                "AlarmRule": {"Fn::Sub": 'ALARM("${OrdersErrors}") OR ALARM(${OrdersErrors.Arn})'},
                "ActionsSuppressor": {"Ref": "OrdersErrors"},
                "ActionsSuppressorWaitPeriod": 60,
                "ActionsSuppressorExtensionPeriod": 60,
            },
        },
        "OnlyProd": {
            "Type": "AWS::CloudWatch::Alarm",
            "Condition": "IsProd",
            "Properties": {**PROPERTIES, "AlarmName": "only-prod"},
        },
    },
}


def test_the_alarms_of_a_template():
    errors, service = alarms_from_template(
        TEMPLATE, {"AWS::Region": "eu-west-1", "AWS::StackName": "shop-dev"}
    )
    assert isinstance(errors, MetricAlarm)
    assert errors.name == "errors-dev"
    assert errors.single == MetricStat(
        Metric.of("AWS/Lambda", "Errors", {"FunctionName": "orders-dev"}), 60, "Sum"
    )
    assert errors.threshold == 10
    assert errors.alarm_actions == ("arn:aws:sns:eu-west-1:123456789012:alerts-dev",)
    assert isinstance(service, CompositeAlarm)
    assert service.name == "shop-dev-Service"
    assert service.rule == (
        'ALARM("errors-dev") OR ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors-dev)'
    )
    assert service.actions_suppressor == "errors-dev"


def test_parameters_and_conditions():
    alarms = alarms_from_template(TEMPLATE, {"Stage": "prod"})
    assert [alarm.name for alarm in alarms] == ["errors-prod", "stack-Service", "only-prod"]
    assert alarms[0].threshold == 5
    assert alarms[0].alarm_actions[1] == "pager"


def test_pseudo_parameters_may_be_given_as_parameters():
    place = {"AWS::Region": "eu-west-1", "AWS::AccountId": "1", "AWS::StackName": "shop"}
    errors, service = alarms_from_template(TEMPLATE, place)
    assert errors.alarm_actions == ("arn:aws:sns:eu-west-1:1:alerts-dev",)
    assert service.name == "shop-Service"


def test_the_same_alarm_either_way():
    (alarm, _) = alarms_from_template(TEMPLATE)
    described = {
        **PROPERTIES,
        "AlarmName": "errors-dev",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors-dev",
        "Dimensions": [{"Name": "FunctionName", "Value": "orders-dev"}],
        "Period": 60,
        "Threshold": 10.0,
        "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:alerts-dev"],
        "ActionsEnabled": True,
        "StateValue": "OK",
    }
    assert alarm_from_api(described) == alarm


def resolved(value, key="AlarmDescription", **sections):
    """The description of an alarm which is given as ``value``."""
    template = {
        **TEMPLATE,
        **sections,
        "Resources": {
            **TEMPLATE["Resources"],
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "errors"}},
            "OrdersErrors": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {**PROPERTIES, key: value},
            },
        },
    }
    return alarms_from_template(template)[0].description


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Ref": "Queue"}, "https://sqs.us-east-1.amazonaws.com/123456789012/Queue"),
        ({"Ref": "Table"}, "errors"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:aws:dynamodb:us-east-1:123456789012:table/errors"),
        ({"Fn::GetAtt": "Queue.QueueName"}, "Queue"),
        ({"Fn::GetAtt": ["AlertTopic", "TopicName"]}, "alerts-dev"),
        ({"Fn::Sub": "${!literal} ${AWS::StackName}"}, "${literal} stack"),
        ({"Fn::Sub": ["${A}-${Stage}", {"A": {"Ref": "Table"}}]}, "errors-dev"),
        ({"Fn::Select": ["1", ["a", "b"]]}, "b"),
        ({"Fn::Select": [0, {"Fn::Split": ["/", "x/y"]}]}, "x"),
        ({"Fn::If": ["IsTest", "test", "prod"]}, "test"),
        ({"Fn::FindInMap": ["Limits", "x", "y", {"DefaultValue": "none"}]}, "none"),
        ({"Ref": "AWS::NoValue"}, ""),
        ("plain", "plain"),
    ],
)
def test_intrinsics(value, expected):
    assert resolved(value) == expected


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"Fn::And": [{"Condition": "IsTest"}, {"Fn::Equals": ["a", "a"]}]}, True),
        ({"Fn::Or": [{"Condition": "IsProd"}, {"Fn::Equals": ["a", "b"]}]}, False),
        ({"Fn::Equals": [True, "true"]}, True),
    ],
)
def test_conditions(condition, holds):
    conditions = {**TEMPLATE["Conditions"], "C": condition}
    expected = "yes" if holds else "no"
    assert resolved({"Fn::If": ["C", "yes", "no"]}, Conditions=conditions) == expected


LOOP = {"A": {"Condition": "B"}, "B": {"Condition": "A"}}


@pytest.mark.parametrize(
    ("value", "sections", "says"),
    [
        ({"Ref": "Nothing"}, {}, "'Nothing': neither a parameter nor a resource"),
        ({"Fn::GetAtt": ["Nothing", "Arn"]}, {}, "'Nothing': no such resource"),
        ({"Fn::Sub": "${Nothing}"}, {}, "'Nothing'"),
        ({"Fn::FindInMap": ["Limits", "x", "y"]}, {}, "no Limits.x.y"),
        ({"Fn::If": ["Nope", 1, 2]}, {}, "'Nope': not defined"),
        ({"Fn::Join": "x"}, {}, "is no argument of Fn::Join"),
        ({"Fn::Select": [5, ["a"]]}, {}, "is no argument of Fn::Select"),
        ({"Fn::If": ["A", 1, 2]}, {"Conditions": {**TEMPLATE["Conditions"], **LOOP}}, "circular"),
    ],
)
def test_what_cannot_be_resolved_is_named(value, sections, says):
    template = {**TEMPLATE, **sections}
    resolver = Resolver(template, {}, account="1", region="eu-west-1", stack="s")
    with pytest.raises(RefusedDefinition) as caught:
        resolver.resolved(value, "Value")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"Ref": "Open"}, "parameter Open has no default and no value is given"),
        ({"Fn::GetAZs": ""}, "Threshold: Fn::GetAZs is known only to a deployment"),
    ],
)
def test_what_only_a_deployment_knows_is_no_fault_of_the_template(value, says):
    with pytest.raises(UnknownValueError, match=says):
        resolved(value, key="Threshold")


def test_a_bad_alarm_names_its_resource():
    with pytest.raises(RefusedDefinition, match=r"resource OrdersErrors: .*Period: 45"):
        resolved("45", key="Period")


def test_a_bad_rule_is_refused():
    template = {
        "Resources": {
            "C": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": "ALARM("}}
        }
    }
    with pytest.raises(ExpressionError, match="an alarm's name or ARN"):
        alarms_from_template(template)


@pytest.mark.parametrize("template", [{}, {"Resources": []}, {"Resources": None}])
def test_what_is_no_template_is_refused(template):
    with pytest.raises(RefusedDefinition, match="Resources: missing"):
        alarms_from_template(template)


def test_an_alarm_whose_condition_is_unknown_does_not_hide_the_others() -> None:
    alarm = {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {"AlarmName": "any", "AlarmRule": "ALARM(a)"},
    }
    template = {"Resources": {"Odd": {**alarm, "Condition": "NoSuch"}, "Plain": alarm}}
    readers = dict(alarm_readers(template))
    assert readers["Odd"]().name == "any"  # if it is made, it is this one
    assert readers["Plain"]().name == "any"


@pytest.mark.parametrize(
    ("namespace", "known"),
    [
        ("Orders-${Environment}", True),
        ("Team/${Environment}/Orders", True),
        ("${Environment}", False),
        ("AWS/${Environment}", False),
    ],
)
def test_a_namespace_of_ones_own_may_have_a_part_that_only_a_deployment_knows(
    namespace, known
) -> None:
    """Metrics of DynamoDB have a treatment of missing data of their own; no others have."""
    properties = {
        "Namespace": {"Fn::Sub": namespace},
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
    parameters = {"Environment": {"Type": "String"}}
    ((_, read),) = alarm_readers({"Parameters": parameters, "Resources": {"Own": alarm}})
    if known:
        assert read().queries[0].stat.metric.namespace == namespace
    else:
        with pytest.raises(UnknownValueError, match="Namespace"):
            read()


ELSEWHERE = {"Fn::Equals": [{"Ref": "AWS::AccountId"}, "999999999999"]}
IN_CHINA = {"Fn::Equals": [{"Ref": "AWS::Partition"}, "aws-cn"]}
OF_A_NAME = {"Fn::Equals": [{"Fn::Sub": "${AWS::StackName}-x"}, "prod-x"]}


@pytest.mark.parametrize(
    ("condition", "given", "made"),
    [
        (ELSEWHERE, {}, True),  # whether it is made depends on the account, which nobody gave
        ({"Fn::Not": [ELSEWHERE]}, {}, True),
        (ELSEWHERE, {"AWS::AccountId": "999999999999"}, True),
        (ELSEWHERE, {"AWS::AccountId": "111111111111"}, False),
        ({"Fn::Not": [ELSEWHERE]}, {"AWS::AccountId": "999999999999"}, False),
        (IN_CHINA, {}, True),
        (IN_CHINA, {"AWS::Region": "cn-north-1"}, True),
        (IN_CHINA, {"AWS::Region": "eu-west-1"}, False),
        (OF_A_NAME, {}, True),
        (OF_A_NAME, {"AWS::StackName": "prod"}, True),
        (OF_A_NAME, {"AWS::StackName": "dev"}, False),
        ({"Fn::Equals": ["a", "b"]}, {}, False),
    ],
)
def test_a_condition_on_the_place_is_decided_by_what_was_given(condition, given, made) -> None:
    alarm = {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Condition": "There",
        "Properties": {"AlarmRule": "ALARM(a)"},
    }
    template = {"Conditions": {"There": condition}, "Resources": {"Any": alarm}}
    assert [name for name, _ in alarm_readers(template, given)] == ["Any"] * made


def test_an_account_that_was_not_given_still_stands_in_an_arn() -> None:
    actions = {"Fn::Sub": "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:alerts"}
    properties = {"AlarmRule": "ALARM(a)", "AlarmActions": [actions]}
    alarm = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": properties}
    ((_, read),) = alarm_readers({"Resources": {"Any": alarm}})
    assert read().alarm_actions == ("arn:aws:sns:us-east-1:123456789012:alerts",)


def test_a_key_is_a_text_as_it_is_written() -> None:
    """An account's number, also one that YAML would read as octal, and what YAML knows by name."""
    read = template_of_text(
        "Mappings:\n  Limits: {012345678901: {on: 5}}\nResources: {~: {Type: x}, 1.50: {}}\n"
    )
    assert read == {
        "Mappings": {"Limits": {"012345678901": {"on": 5}}},
        "Resources": {"~": {"Type": "x"}, "1.50": {}},
    }


@pytest.mark.parametrize("kind", ["Alarm", "CompositeAlarm"])
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("Ref", "Open", RefusedDefinition),
        ("Ref", "AWS::NoValue", RefusedDefinition),
        ("Fn::GetAtt", ["Queue", "Arn"], RefusedDefinition),
        ("Fn::ImportValue", "pager", RefusedDefinition),
        ("Fn::Sub", "a", RefusedDefinition),
        ("Fn::If", ["Unknown", {}, {}], UnknownValueError),
        ("Fn::Transform", {"Name": "AWS::Include"}, UnknownValueError),
    ],
)
def test_a_function_among_properties_is_named(kind, name, value, error) -> None:
    """As the only one it gives the properties; CloudFormation knows but Fn::Transform beside."""
    properties = {"AlarmName": "a", "Namespace": "Shop", name: value}
    resource = {"Type": f"AWS::CloudWatch::{kind}", "Properties": properties}
    with pytest.raises(error, match=name if error is RefusedDefinition else None):
        alarms_from_template({"Resources": {"A": resource}, "Parameters": TEMPLATE["Parameters"]})
