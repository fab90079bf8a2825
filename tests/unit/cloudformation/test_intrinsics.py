"""Intrinsic functions, as far as a template and a deployment tell; any template ends in time."""

import pytest

from tests.conftest import slow
from tocsin.cloudformation.intrinsics import Resolver
from tocsin.cloudwatch.errors import DefinitionError, RefusedDefinition, UnknownValueError

TEMPLATE = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "shop"},
        "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/shop/name"},
    },
    "Resources": {
        "Named": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "cart"}},
        "Unnamed": {"Type": "AWS::Lambda::Function", "Properties": {}},
    },
}


def resolver(template=TEMPLATE, deployed=None) -> Resolver:
    return Resolver(
        template, {}, account="1", region="us-east-1", stack="shop-dev", deployed=deployed
    )


@pytest.mark.parametrize(
    ("value", "made_up", "known"),
    [
        ({"Ref": "Named"}, "cart", "cart"),
        ({"Ref": "Unnamed"}, "Unnamed", None),
        ({"Fn::GetAtt": ["Unnamed", "Arn"]}, "arn:aws:lambda:us-east-1:1:function:Unnamed", None),
        ({"Fn::Sub": "${Name}-${AWS::StackName}"}, "shop-shop-dev", "shop-shop-dev"),
        ({"Ref": "Stored"}, "/shop/name", None),
        ({"Fn::ImportValue": "x"}, "x", None),
        ({"Fn::GetAtt": ["Named", "SnapStartResponse"]}, "Named.SnapStartResponse", None),
    ],
)
def test_nothing_is_made_up_where_names_of_a_deployment_are_asked_for(value, made_up, known):
    assert resolver().resolved(value, "x") == made_up
    if known is None:
        with pytest.raises(UnknownValueError):
            resolver(deployed={}).resolved(value, "x")
    else:
        assert resolver(deployed={}).resolved(value, "x") == known


def test_a_name_as_deployed_goes_before_that_of_the_template() -> None:
    found = resolver(deployed={"Unnamed": "shop-dev-Unnamed-1A2B", "Named": "cart"})
    assert found.resolved({"Fn::Sub": "/aws/lambda/${Unnamed}"}, "x") == (
        "/aws/lambda/shop-dev-Unnamed-1A2B"
    )


def doubling(levels: int) -> dict:
    named = {
        f"F{level}": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": {"Fn::Sub": f"${{F{level + 1}}}${{F{level + 1}}}"}},
        }
        for level in range(levels)
    }
    last = {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "x" * 100}}
    return {"Resources": {**named, f"F{levels}": last}}


@slow
@pytest.mark.parametrize("levels", [15, 30, 99, 200])
def test_names_that_double_at_each_level_are_refused(levels) -> None:
    with pytest.raises(RefusedDefinition):
        resolver(doubling(levels)).resolved({"Ref": "F0"}, "x")


def test_a_name_made_of_itself_is_refused() -> None:
    circle = {
        "Resources": {
            "A": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"FunctionName": {"Fn::Sub": "${A}"}},
            }
        }
    }
    with pytest.raises(DefinitionError):
        resolver(circle).resolved({"Ref": "A"}, "x")
