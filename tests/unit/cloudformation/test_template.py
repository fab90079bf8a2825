"""A template read once: what it has by type, what refers to what, who may do what."""

import json

import pytest

from tocsin.cloudformation.template import Template
from tocsin.exceptions import TocsinError

STATEMENT = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*"}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "Policies": [
            {"PolicyDocument": {"Statement": STATEMENT}},
            {"PolicyDocument": {"Statement": [STATEMENT, {**STATEMENT, "Effect": "Deny"}]}},
            {"PolicyDocument": {}},
        ]
    },
}
TEMPLATE = Template(
    {
        "Resources": {
            "Role": ROLE,
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Orders": {
                "Type": "AWS::Lambda::Function",
                "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}},
                "DependsOn": "Log",
            },
            "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {}, "DependsOn": ["Topic"]},
        },
        "Outputs": {"Arn": {"Value": {"Fn::Sub": "${Orders.Arn} ${Nowhere}"}}},
    }
)


def test_resources_by_type() -> None:
    assert set(TEMPLATE.of_type("AWS::SNS::Topic")) == {"Topic"}
    assert TEMPLATE.of_type("AWS::SNS::Topic")["Topic"] == {}
    assert TEMPLATE.of_type("AWS::SQS::Queue") == {}
    assert TEMPLATE.type_of("Orders") == "AWS::Lambda::Function"
    assert TEMPLATE.type_of("Nowhere") == ""
    assert {kind: len(found) for kind, found in TEMPLATE.types.items()} == {
        "AWS::IAM::Role": 1,
        "AWS::SNS::Topic": 1,
        "AWS::Lambda::Function": 1,
        "AWS::Logs::LogGroup": 1,
    }


def test_what_refers_to_what() -> None:
    assert TEMPLATE.references("Orders") == {"Role", "Log"}
    assert TEMPLATE.made_before("Orders") == {"Role", "Log", "Topic"}
    assert TEMPLATE.made_before("Topic") == set()
    assert list(TEMPLATE.dangling()) == [("Arn", "Nowhere")]


def test_resources_that_come_after_each_other_are_an_end_too() -> None:
    circle = Template(
        {"Resources": {"A": {"DependsOn": "B"}, "B": {"DependsOn": ["A"]}, "C": {"DependsOn": {}}}}
    )
    assert circle.made_before("A") == {"A", "B"}
    assert circle.made_before("C") == set()


def test_one_statement_and_several_are_statements() -> None:
    effects = [statement["Effect"] for statement in TEMPLATE.statements("Role")]
    assert effects == ["Allow", "Allow", "Deny"]
    assert TEMPLATE.statements("Nowhere") == ()


@pytest.mark.parametrize("section", [None, [], "x", 5, {"A": None}, {"A": []}, {"A": "x"}])
def test_what_is_no_resource_is_none(section) -> None:
    template = Template({"Resources": section, "Outputs": section, "Metadata": section})
    assert template.resources == template.outputs == template.types == {}
    assert list(template.dangling()) == []


@pytest.mark.parametrize("resource", [{"Type": ["x"]}, {"Type": 5}, {}, {"Properties": "x"}])
def test_a_resource_of_no_type_has_none(resource) -> None:
    template = Template({"Resources": {"A": resource}})
    assert template.type_of("A") == ""
    assert template.properties_of("A") == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ('{"a": NaN}', "NaN"),
        ("[" * 100_000, "nested more than 100 levels"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path, text, problem) -> None:
    file = tmp_path / "template.json"
    file.write_text(text)
    with pytest.raises(TocsinError, match=problem) as refused:
        Template.read(file)
    assert "\n" not in str(refused.value)
    assert "inv package" in str(refused.value)


def test_its_size_is_that_of_what_is_uploaded() -> None:
    assert Template({"Metadata": {"a": "é"}}).size == len('{"Metadata":{"a":"é"}}'.encode())
    assert json.loads(json.dumps(TEMPLATE.document)) == TEMPLATE
