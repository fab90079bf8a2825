"""A composite alarm is deployed after what it looks at, across the stacks of a stage too."""

from dataclasses import replace

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.check.order_rules import children
from tocsin.cloudformation.template import Template

METRIC = {
    "Type": "AWS::CloudWatch::Alarm",
    "Properties": {
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    },
}


def template(*alarms, **composites):
    resources = {
        name: {**METRIC, "Properties": {**METRIC["Properties"], "AlarmName": name}}
        for name in alarms
    }
    for name, rule in composites.items():
        properties = {"AlarmName": name, "AlarmRule": rule}
        resources[name] = {
            "Type": "AWS::CloudWatch::CompositeAlarm",
            "Properties": properties,
            "DependsOn": [*alarms, *(composite for composite in composites if composite > name)],
        }
    return {"Resources": resources}


CASES = [
    ([template("a", x="ALARM(a)"), template("b"), template()], []),
    ([template("a"), template("b", x="ALARM(a) OR ALARM(b)"), template()], []),
    ([template("a"), template("b"), template(x="ALARM(a) AND ALARM(b)")], []),
    ([template(x="ALARM(y)", y="TRUE"), template(), template()], []),
    ([template(x="ALARM(b)"), template("b"), template()], ["x: b"]),
    ([template(), template("b", x="ALARM(c)"), template("c")], ["x: c"]),
    ([template("a"), template("b"), template(x="ALARM(a) OR ALARM(d)")], ["x: d"]),
]


@pytest.mark.parametrize(("templates", "expected"), CASES)
def test_a_child_is_in_the_same_stack_or_one_before(templates, expected) -> None:
    stage = replace(config.load(DEMO, "dev"), stack_numbers={"payments": 2})
    found = list(children(stage, [Template(one) for one in templates]))
    assert [f"{finding.subject}: {finding.message.split()[2]}" for finding in found] == expected


def test_alarms_of_one_stack_need_an_order() -> None:
    one = template("a", x="ALARM(a)")
    stage = config.load(DEMO, "dev")
    assert list(children(stage, [Template(one)])) == []
    del one["Resources"]["x"]["DependsOn"]
    (found,) = children(stage, [Template(one)])
    assert found.message.endswith("nothing (Ref, DependsOn) orders the two")
    one["Resources"]["x"]["Properties"]["AlarmRule"] = {"Fn::Sub": "ALARM(${a})"}
    assert list(children(stage, [Template(one)])) == []
