"""A project's own files of resources/ are in its stack by being there, beside the product's."""

import re
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, slow
from tocsin import config, product
from tocsin.packaging.further_resources import (
    SECTIONS,
    Further,
    ResourcesError,
    further_files,
    further_resources,
)
from tocsin.packaging.jinja_templates import TemplateError
from tocsin.packaging.render import rendered

QUEUE = "Orders:\n  Type: AWS::SQS::Queue\n"


def add(*texts: str) -> Further:
    """What files of these contents say, together."""
    found = Further()
    for number, text in enumerate(texts):
        found.add(f"resources/mine-{number}.yml", text)
    return found


class _Tagged(yaml.SafeLoader):
    pass


def _value(loader, node):
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return node.value


_Tagged.add_multi_constructor("!", lambda loader, tag, node: {tag: _value(loader, node)})


def loaded(text: str):
    return yaml.load(text, Loader=_Tagged)  # noqa: S506 - a safe loader


def test_what_the_skeleton_includes_is_named_in_one_list() -> None:
    text = (ROOT / "serverless.yml.j2").read_text()
    concerns = "".join(re.findall(r"set concerns = (.*) %}", text))
    names = {f"{name}.yml.j2" for name in re.findall(r'"(\w+)"', concerns)} | {"outputs.yml.j2"}
    assert names <= product.INCLUDED, "in resources/, and taken for a file of the project's own"
    for name in names:
        assert (ROOT / "resources" / name).is_file()


@pytest.mark.parametrize(
    ("text", "section", "expected"),
    [
        (QUEUE, "Resources", {"Orders": {"Type": "AWS::SQS::Queue"}}),
        (f"Resources:\n  {QUEUE.replace(chr(10), chr(10) + '  ')}", "Resources",
         {"Orders": {"Type": "AWS::SQS::Queue"}}),
        ("Resources: {A: {Type: T}}\nOutputs: {B: {Value: !Ref A}}", "Outputs",
         {"B": {"Value": {"Ref": "A"}}}),
        ("A: {Type: T, Properties: {P: !Sub '${B}-x', Q: !GetAtt C.Arn}}", "Resources",
         {"A": {"Type": "T", "Properties": {"P": {"Sub": "${B}-x"}, "Q": {"GetAtt": "C.Arn"}}}}),
        ("AWSTemplateFormatVersion: '2010-09-09'\nDescription: x\nConditions: {A: !Equals [a, b]}",
         "Conditions", {"A": {"Equals": ["a", "b"]}}),
        ("A: {Type: T, Properties: &p {X: 1}}\nB: {Type: T, Properties: *p}", "Resources",
         {"A": {"Type": "T", "Properties": {"X": 1}}, "B": {"Type": "T", "Properties": {"X": 1}}}),
        ("A:\n  Type: T\n  Properties:\n    Code: |\n      line\n\n        indented\n", "Resources",
         {"A": {"Type": "T", "Properties": {"Code": "line\n\n  indented\n"}}}),
        ("A: {Type: T, Properties: {V: '012', W: 012, Ü: 'ja: nein'}}", "Resources",
         {"A": {"Type": "T", "Properties": {"V": "012", "W": 10, "Ü": "ja: nein"}}}),
        ("", "Resources", None),
        ("Outputs:\nResources:\n", "Resources", None),
    ],
)  # fmt: skip
def test_a_file_says_the_same_in_the_stack(text, section, expected) -> None:
    assert loaded(add(text).text(section)) == expected


def test_several_files_are_one_section() -> None:
    found = add(QUEUE, "Others: {Type: T}\n")
    assert list(loaded(found.text("Resources"))) == ["Orders", "Others"]
    assert {name for name in SECTIONS if found.text(name)} == {"Resources"}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["- a list"], "resources/mine-0.yml: found no mapping; accepted: Resources, Outputs"),
        (["A:\n  B: ]"], "resources/mine-0.yml:2: found no YAML: while parsing"),
        (["Resources: {A: {Type: T}}\nTransform: X"],
         "resources/mine-0.yml:2: found Transform; accepted: Resources, "),
        (["A: {Type: T}\nB: {Properties: {}}"],
         "resources/mine-0.yml:2: B: found no Type; accepted: a resource of CloudFormation"),
        (["A: text"], "resources/mine-0.yml:1: A: found no Type"),
        (["Outputs: [1]"], "resources/mine-0.yml:1: Outputs: found no mapping; accepted: one"),
        ([QUEUE, f"\n{QUEUE}"],
         "resources/mine-1.yml:2: found Orders, which resources/mine-0.yml:1 has; accepted: "
         "another name in Resources"),
    ],
)  # fmt: skip
def test_what_is_no_part_of_a_template_is_named(texts, message) -> None:
    with pytest.raises(ResourcesError) as raised:
        add(*texts)
    assert str(raised.value).startswith(message)


def test_files_are_taken_by_their_names(tmp_path: Path) -> None:
    folder = tmp_path / "resources"
    assert further_files(tmp_path) == []
    folder.mkdir()
    for name in ("alarms.yml.j2", "describe.j2", "b.yml", "a.yml.j2", "c.yaml", "notes.md", "x.j2"):
        (folder / name).write_text("")
    assert [file.name for file in further_files(tmp_path)] == ["a.yml.j2", "b.yml", "c.yaml"]


@slow
def test_a_projects_files_are_in_its_main_stack_as_they_are_or_rendered(project) -> None:
    (project / "resources" / "orders.yml").write_text(
        "Resources:\n  OrdersQueue:\n    Type: AWS::SQS::Queue\n    Properties:\n"
        "      QueueName: orders-queue-${sls:stage}\n      KmsMasterKeyId: '{{resolve:ssm:key}}'\n"
        "Outputs:\n  OrdersQueueUrl: {Value: !Ref OrdersQueue}\n"
        "Conditions:\n  Live: !Equals [!Ref AWS::Region, eu-west-1]\n"
        "Metadata: {Team: orders}\n"
    )
    (project / "resources" / "topic.yml.j2").write_text(
        "News:\n  Type: AWS::SNS::Topic\n  Properties: {TopicName: 'news-{{ stage.suffix }}'}\n"
    )
    document = loaded(rendered(project, config.load(project, "prod")))["resources"]
    assert document["Resources"]["OrdersQueue"]["Properties"] == {
        "QueueName": "orders-queue-${sls:stage}",
        "KmsMasterKeyId": "{{resolve:ssm:key}}",
    }
    assert document["Resources"]["News"]["Properties"] == {"TopicName": "news-prod"}
    assert "AlertsTopic" in document["Resources"]
    assert document["Outputs"]["OrdersQueueUrl"] == {"Value": {"Ref": "OrdersQueue"}}
    assert "FunctionNames" in document["Outputs"]
    assert set(document["Conditions"]) == {"Live"}
    assert document["Metadata"]["Team"] == "orders"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("AlertsTopic: {Type: AWS::SNS::Topic}",
         r"resources/mine\.yml:1: found AlertsTopic, which Tocsin's own Resources have"),
        ("Outputs: {FunctionNames: {Value: x}}",
         r"resources/mine\.yml:1: found FunctionNames, which Tocsin's own Outputs have"),
    ],
)  # fmt: skip
def test_a_name_of_the_products_own_is_refused(project, text, message) -> None:
    (project / "resources" / "mine.yml").write_text(text)
    with pytest.raises(ResourcesError, match=message):
        rendered(project, config.load(project, "dev"))


def test_a_mistake_in_a_template_of_the_projects_has_its_place(project) -> None:
    (project / "resources" / "mine.yml.j2").write_text("A: {Type: T}\nB: {{ stage.nosuch }}\n")
    with pytest.raises(TemplateError, match=r"resources/mine\.yml\.j2:2: .*nosuch"):
        rendered(project, config.load(project, "dev"))


NO_PART = {
    b"A: {Type: T}\nA: {Type: T}\n": r"mine\.yml:2: found A, which resources/mine\.yml:1 has",
    b"A: {Type: T}\n---\nB: 1\n": r"mine\.yml:2: found no YAML: expected a single document",
    b"? [a, b]\n: {Type: T}\n": r"mine\.yml:1: Resources: found a list or a mapping as a key",
    b"A: " + b"[" * 5_000: r"mine\.yml:1: found it is nested more than",
    b"A: {Type: '\xe9'}\n": r"mine\.yml: found it is not UTF-8: .* at byte 11",
}


@pytest.mark.parametrize("content", NO_PART)
def test_a_file_that_is_no_part_of_a_template_is_named(tmp_path, content) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources/mine.yml").write_bytes(content)
    with pytest.raises(ResourcesError, match=NO_PART[content]):
        further_resources(tmp_path, lambda name: "")


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources/mine.yml").write_bytes(b"\xef\xbb\xbf" + QUEUE.encode())
    found = further_resources(tmp_path, lambda name: "")
    assert loaded(found.text("Resources")) == {"Orders": {"Type": "AWS::SQS::Queue"}}
