"""Loops written out, SAM's resources as CloudFormation's, and what only a deployment knows."""

import pytest

from tests.conftest import slow
from tocsin.cloudformation import loops
from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudformation.template import Template
from tocsin.cloudformation.transforms import written_out
from tocsin.cloudformation.undecided import Undecided
from tocsin.cloudformation.undeployed import undeployed
from tocsin.scenarios import alarms_of

ALARM = {
    "Namespace": "AWS/Lambda",
    "MetricName": "Errors",
    "Dimensions": [{"Name": "FunctionName", "Value": "Orders"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
}


def alarm(**properties):
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {**ALARM, **properties}}


def loop(collection, body, name="Queue"):
    return [name, collection, body]


def test_a_loop_makes_a_resource_for_each_member() -> None:
    template = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Queues": {"Type": "CommaDelimitedList", "Default": "in, out-box"}},
        "Resources": {
            "Fn::ForEach::Depths": loop(
                {"Ref": "Queues"},
                {
                    "Depth&{Queue}": alarm(
                        Namespace="AWS/SQS",
                        MetricName="NumberOfMessagesSent",
                        Dimensions=[{"Name": "QueueName", "Value": {"Ref": "Queue"}}],
                        AlarmDescription={"Fn::Sub": "of ${Queue} in ${AWS::Region}"},
                    )
                },
            )
        },
    }
    alarms = alarms_of(template)
    assert alarms.refused == ()
    assert {
        logical_id: dict(alarms[name].queries[0].stat.metric.dimensions)
        for name, logical_id in alarms.logical_ids.items()
    } == {"Depthin": {"QueueName": "in"}, "Depthoutbox": {"QueueName": "out-box"}}
    assert [watched.description for watched in alarms.metric] == [
        "of in in us-east-1",
        "of out-box in us-east-1",
    ]
    given = alarms_of(template, {"Queues": "a,b,c"})
    assert sorted(given.logical_ids.values()) == ["Deptha", "Depthb", "Depthc"]


def test_loops_in_loops_and_in_properties() -> None:
    template = {
        "Resources": {
            "Fn::ForEach::Outer": loop(
                ["A", "B"],
                {
                    "Fn::ForEach::Inner": loop(
                        ["1", "2"], {"Topic${Outer}${Inner}": {"Type": "AWS::SNS::Topic"}}, "Inner"
                    )
                },
                "Outer",
            ),
            "Table": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {"Fn::ForEach::Tags": loop(["x"], {"${Queue}": {"Ref": "Queue"}})},
            },
        }
    }
    found = written_out(template)
    assert set(found.of_type("AWS::SNS::Topic")) == {"TopicA1", "TopicA2", "TopicB1", "TopicB2"}
    assert found.properties_of("Table") == {"x": "x"}


@slow
@pytest.mark.parametrize(
    ("members", "verdict"),
    [
        (5, "definition-refused"),
        (["Queue", "a"], "definition-refused"),
        (loop({"Ref": "Unset"}, {"${Queue}": alarm()}), "value-unknown"),
        (loop(["x"] * 2, []), "definition-refused"),
        (loop([{}], {"${Queue}": alarm()}), "definition-refused"),
        (loop([str(n) for n in range(loops.MOST)], {"${Queue}": [1, 2]}), "not-evaluated"),
    ],
)
def test_a_loop_that_cannot_be_written_out_hides_no_other_alarm(members, verdict) -> None:
    alarms = alarms_of(
        {
            "Parameters": {"Unset": {"Type": "CommaDelimitedList"}},
            "Resources": {"Fn::ForEach::Odd": members, "Plain": alarm()},
        }
    )
    assert [str(refusal.verdict) for refusal in alarms.refused] == [verdict]
    assert list(alarms.logical_ids.values()) == ["Plain"]


NESTED = {
    "Fn::ForEach::Outer": [
        "A",
        {"Ref": "Names"},
        {"Fn::ForEach::Inner": ["B", {"Ref": "Names"}, {"T${A}x${B}": {"Type": "X"}}]},
    ]
}


@slow
@pytest.mark.parametrize(
    ("names", "body"),
    [
        (",".join(str(n) for n in range(2_000)), NESTED),
        # A loop that makes nothing takes its time, too.
        (",".join(str(n) for n in range(50_000)), {
            "Fn::ForEach::Outer": ["A", {"Ref": "Names"}, {
                "Fn::ForEach::Inner": ["B", {"Ref": "Names"}, {}]
            }]
        }),
        ("x" * 100_000 + ",y", {
            "Fn::ForEach::Long": ["A", {"Ref": "Names"}, {"T&{A}": {"Text": "${A}" * 1_000}}]
        }),
    ],
)  # fmt: skip
def test_loops_without_end_are_left(names, body) -> None:
    made = written_out({"Parameters": {"Names": {"Default": names,
                        "Type": "CommaDelimitedList"}}, "Resources": body})  # fmt: skip
    faults = [one for one in made["Resources"].values() if isinstance(one, loops.LoopFault)]
    assert len(faults) == 1
    assert "its loops make" in str(faults[0].error)


def test_what_a_member_brings_is_no_name_of_another() -> None:
    resources = {
        "Fn::ForEach::A": ["A", ["${B}"], {
            "Fn::ForEach::B": ["B", ["1"], {"T&{A}${B}": {"Text": "${A}, ${B}, ${C}, &{A}"}}]
        }]
    }  # fmt: skip
    made = written_out({"Resources": resources})
    assert made["Resources"] == {"TB1": {"Text": "${B}, 1, ${C}, B"}}


@pytest.mark.parametrize(
    ("before", "body", "twice"),
    [
        ({}, {"Same": {}}, "Same"),
        ({"QueueA": {}}, {"Queue${Queue}": {}}, "QueueA"),
    ],
)
def test_a_loop_makes_nothing_twice(before, body, twice) -> None:
    made = written_out({"Resources": {**before, "Fn::ForEach::Q": loop(["A", "B"], body)}})
    fault = made["Resources"]["Fn::ForEach::Q"]
    assert f"{twice} would be there twice" in str(fault.error)
    assert made["Resources"].keys() == {*before, "Fn::ForEach::Q"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"Ref": {"Fn::Sub": "Stage${AWS::Region}"}}, "of the region"),
        ({"Ref": {"Fn::Join": ["", ["Sta", "ge"]]}}, "dev"),
        ({"Fn::GetAtt": [{"Fn::Sub": "${Stage}Topic"}, "TopicName"]}, "news"),
        ({"Fn::Length": {"Ref": "Names"}}, 2),
        ({"Fn::Length": ["a", {"Ref": "Stage"}, "c"]}, 3),
        ({"Fn::ToJsonString": {"a": [{"Ref": "Stage"}, 1]}}, '{"a":["dev",1]}'),
        ({"Fn::FindInMap": ["Of", {"Fn::Sub": "${Stage}"}, "Size"]}, "small"),
        ({"Fn::FindInMap": ["Of", "prod", "Size", {"DefaultValue": {"Ref": "Stage"}}]}, "dev"),
    ],
)
def test_what_the_language_extensions_add_to_functions(written, meant) -> None:
    template = {
        "Parameters": {
            "Stage": {"Type": "String", "Default": "dev"},
            "Names": {"Type": "CommaDelimitedList", "Default": "a,b"},
            "Stageus-east-1": {"Type": "String", "Default": "of the region"},
        },
        "Mappings": {"Of": {"dev": {"Size": "small"}}},
        "Resources": {"devTopic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}},
    }
    assert undeployed(template).resolved(written, "") == meant


SAM = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {"Function": {"Timeout": 20, "Environment": {"Variables": {"A": "1"}}}},
    "Resources": {
        "Orders": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "AutoPublishAlias": "live",
                "Environment": {"Variables": {"POWERTOOLS_METRICS_NAMESPACE": "Shop"}},
                "Events": {"Get": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}},
            },
        },
        "Slow": {"Type": "AWS::Serverless::Function", "Properties": {"Timeout": 60}},
        "Things": {"Type": "AWS::Serverless::SimpleTable"},
        "Flow": {"Type": "AWS::Serverless::StateMachine", "Properties": {"Name": "flow"}},
    },
}


def test_sams_functions_and_tables_are_known_to_the_alarms() -> None:
    around = alarms_of(SAM).surroundings
    assert around.functions == {"Orders": 20.0, "Slow": 60.0}
    assert around.tables == {"Things"}
    assert around.namespaces == {"Shop"}
    assert around.emits_more


def test_what_sam_generates_may_be_referred_to() -> None:
    alarms = alarms_of(
        {
            **SAM,
            "Resources": {
                **SAM["Resources"],
                "Version": alarm(
                    Dimensions=[
                        {"Name": "FunctionName", "Value": {"Ref": "Orders"}},
                        {
                            "Name": "ExecutedVersion",
                            "Value": {"Fn::GetAtt": ["Orders.Version", "Version"]},
                        },
                    ]
                ),
                "Api": alarm(
                    Namespace="AWS/ApiGateway",
                    MetricName="5XXError",
                    Dimensions=[{"Name": "ApiName", "Value": {"Ref": "ServerlessRestApi"}}],
                ),
            },
        }
    )
    assert alarms.refused == ()
    assert len(alarms.metric) == 2


def test_a_template_without_either_is_itself() -> None:
    template = written_out({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    assert written_out(template) is template


UNSET = {
    "Parameters": {
        "Unset": {"Type": "String"},
        "Empty": {"Type": "String", "Default": ""},
        "Many": {"Type": "CommaDelimitedList"},
    }
}


@pytest.mark.parametrize(
    "properties",
    [
        {"AlarmActions": [{"Ref": "Unset"}]},
        {"AlarmActions": {"Ref": "Many"}},
        {"AlarmActions": [{"Ref": "Empty"}]},
        {"Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Empty"}}]},
        {"AlarmActions": [{"Fn::If": ["Told", {"Ref": "Unset"}, {"Ref": "AWS::NoValue"}]}]},
        {"OKActions": [{"Fn::ImportValue": {"Fn::Sub": "${Unset}-topic"}}]},
        {"AlarmActions": ["{{resolve:ssm:/topic}}"]},
        {"AlarmName": {"Fn::Sub": "${Unset}-errors"}},
        {"AlarmDescription": {"Fn::Join": ["-", [{"Ref": "Unset"}, "a"]]}},
        {"Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Unset"}}]},
        {
            "Dimensions": [
                {
                    "Name": "FunctionName",
                    "Value": {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Unset"}]}]},
                }
            ]
        },
        {"Dimensions": [{"Name": "FunctionName", "Value": 7}]},
        {"AlarmDescription": 7},
    ],
)
def test_what_says_nothing_of_when_it_fires_may_be_unknown(properties) -> None:
    alarms = alarms_of(
        {
            **UNSET,
            "Conditions": {"Told": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Unset"}, ""]}]}},
            "Resources": {"A": alarm(**properties)},
        }
    )
    assert alarms.refused == ()
    assert len(alarms.metric) == 1


@pytest.mark.parametrize(
    "properties",
    [
        {"Threshold": {"Ref": "Unset"}},
        {"Period": {"Fn::GetAtt": ["Custom", "Seconds"]}},
        {"Namespace": {"Fn::Sub": "${Unset}/Shop"}},
        {"Statistic": "{{resolve:ssm:/statistic}}"},
        {"EvaluationPeriods": {"Fn::FindInMap": ["Map", {"Ref": "Unset"}, "a"]}},
    ],
)
def test_what_decides_when_it_fires_is_asked_for(properties) -> None:
    alarms = alarms_of(
        {
            **UNSET,
            "Mappings": {"Map": {"a": {"a": 1}}},
            "Resources": {"A": alarm(**properties), "Custom": {"Type": "Custom::Thing"}},
        }
    )
    assert [str(refusal.verdict) for refusal in alarms.refused] == ["value-unknown"]


def test_an_alarm_of_an_unknown_condition_is_evaluated() -> None:
    conditions = {"Prod": {"Fn::Equals": [{"Ref": "Unset"}, "prod"]}}
    resources = {"A": {**alarm(), "Condition": "Prod"}}
    alarms = alarms_of({**UNSET, "Conditions": conditions, "Resources": resources})
    assert len(alarms.metric) == 1


def test_an_empty_default_is_compared_as_it_is() -> None:
    conditions = {"Told": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Empty"}, ""]}]}}
    resources = {"A": {**alarm(), "Condition": "Told"}}
    template = {**UNSET, "Conditions": conditions, "Resources": resources}
    assert alarms_of(template).metric == ()
    assert len(alarms_of(template, {"Empty": "x"}).metric) == 1


@pytest.mark.parametrize(
    ("kind", "properties", "ref", "arn"),
    [
        ("AWS::SNS::Topic", {}, "arn:aws:sns:eu-west-1:1:X", "arn:aws:sns:eu-west-1:1:X"),
        ("AWS::AutoScaling::ScalingPolicy", {}, "arn:aws:autoscaling:eu-west-1:1:scalingpolicy/X",
         "arn:aws:autoscaling:eu-west-1:1:scalingpolicy/X"),
        ("AWS::Lambda::Function", {"FunctionName": "f"}, "f",
         "arn:aws:lambda:eu-west-1:1:function:f"),
        ("AWS::StepFunctions::StateMachine", {}, "arn:aws:states:eu-west-1:1:stateMachine:X",
         "arn:aws:states:eu-west-1:1:stateMachine:X"),
        ("AWS::SSMIncidents::ResponsePlan", {}, "arn:aws:ssm-incidents::1:response-plan/X",
         "arn:aws:ssm-incidents::1:response-plan/X"),
        ("AWS::KMS::Key", {}, "X", "arn:aws:kms:eu-west-1:1:key/X"),
    ],
)  # fmt: skip
def test_what_ref_and_arn_of_a_resource_are(kind, properties, ref, arn) -> None:
    template = {"Resources": {"X": {"Type": kind, "Properties": properties}}}
    resolver = Resolver(template, {}, account="1", region="eu-west-1", stack="s", carried=True)
    assert resolver.resolved({"Ref": "X"}, "") == ref
    assert resolver.resolved({"Fn::GetAtt": ["X", "Arn"]}, "") == arn
    assert isinstance(resolver.resolved({"Fn::GetAtt": ["X", "Whatever"]}, ""), Undecided)


@pytest.mark.parametrize("referred", [[], {}, 5, None, ["X"]])
def test_a_reference_in_a_loop_that_is_no_name_is_left_as_it_is(referred) -> None:
    loop = {"Fn::ForEach::Each": ["I", ["X"], {"Topic${I}": {"Properties": {"Ref": referred}}}]}
    made = written_out(Template.of({"Resources": loop, "Transform": "AWS::LanguageExtensions"}))
    assert made["Resources"]["TopicX"]["Properties"] == {"Ref": referred}
