"""Templates are anybody's: each ends in functions or in a message, and never in a traceback."""

import contextlib
import copy
import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tocsin.attach.templates import Place, functions_in, template_files
from tocsin.cloudformation.template_file import read_template
from tocsin.exceptions import InputError

PROJECTS = ROOT / "tests/projects/attached"
SEEDS = 3_000 if os.environ.get("TOCSIN_DEEP") else 20
ODD: list[Any] = [
    None, True, 0, -1, 10**30, 1.5, "", "x" * 5_000, "\0", "${", "${A.B}", "../../etc/passwd",
    "\u202e", [], {}, [[]], {"Ref": "AWS::Region"}, {"Ref": 3}, {"Fn::Sub": []},
    {"Fn::Sub": ["${x}", 1]}, {"Fn::GetAtt": "x"}, {"Fn::If": ["No", 1, 2]},
    {"Fn::Join": [",", {"Ref": "x"}]}, [None], ["a", 1, {}],
    {"Fn::ForEach::X": ["A", ["b", "c"], {"${A}": {"Ref": "A"}}]}, {"Fn::ForEach::X": ["A", "b"]},
    {"Fn::Length": {"Ref": "x"}}, {"Fn::ToJsonString": {"a": {"Ref": "x"}}},
]  # fmt: skip
SOURCES = {
    "sls.json": PROJECTS / "sls/package/cloudformation-template-update-stack.json",
    "sam.json": PROJECTS / "sam/template.yaml",
    "cdk.json": PROJECTS / "cdk.out/Shop.template.json",
    "loops.json": PROJECTS / "loops/template.yaml",
    "plan.json": PROJECTS / "terraform/plan.json",
}


def places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """(container, key) of everything in ``value``."""
    items = (
        value.items() if isinstance(value, dict) else
        enumerate(value) if isinstance(value, list) else ()
    )  # fmt: skip
    for key, member in items:
        found.append((value, key))
        places(member, found)
    return found


def read(root: Path, name: str) -> None:
    """Nothing but an input error may come of it."""
    with contextlib.suppress(InputError):
        for template in template_files(root, name):
            functions_in(template, Place("us-east-1"))


@pytest.mark.parametrize("name", SOURCES)
def test_any_value_in_any_place_is_read_or_refused(tmp_path, name) -> None:
    whole = json.dumps(read_template(SOURCES[name]), default=str)
    for seed in range(SEEDS):
        draw = random.Random(seed)
        document = json.loads(whole)
        for _ in range(draw.randint(1, 4)):
            container, key = draw.choice(places(document, []))
            container[key] = copy.deepcopy(draw.choice(ODD))
        (tmp_path / name).write_text(json.dumps(document))
        read(tmp_path, name)


def test_states_and_manifests_of_any_form_too(tmp_path) -> None:
    for name, source in (
        ("serverless-state.json", PROJECTS / "sls/package/serverless-state.json"),
        ("manifest.json", PROJECTS / "cdk.out/manifest.json"),
    ):
        whole = source.read_text()
        (tmp_path / "x.json").write_text(SOURCES["sls.json"].read_text())
        for seed in range(SEEDS):
            draw = random.Random(seed)
            document = json.loads(whole)
            container, key = draw.choice(places(document, []))
            container[key] = copy.deepcopy(draw.choice(ODD))
            (tmp_path / name).write_text(json.dumps(document))
            read(tmp_path, "x.json")
        (tmp_path / name).unlink()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "x: " + "[" * 5_000,
        "Resources: {A: &a {x: 1}, " + ", ".join(f"B{n}: &b{n} [*a, *a]" for n in range(3)) + "}",
        '{"Resources": ' + '{"a":' * 20_000,
        "Resources: !!python/object:os.system x",
        "Resources: {A: {Type: AWS::Lambda::Function, Properties: {Timeout: 2026-99-99}}}",
        "",
        "\x00",
        "Resources: []",
        "- 1",
    ],
)
def test_loops_and_depths_are_refused(tmp_path, text) -> None:
    (tmp_path / "t.yaml").write_text(text)
    read(tmp_path, "t.yaml")


def test_a_name_that_no_file_can_have_is_of_none(tmp_path) -> None:
    long = "x" * 5_000
    manifest = {"artifacts": {"S": {"type": "aws:cloudformation:stack",
                                    "properties": {"templateFile": long}}}}  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert template_files(tmp_path, "manifest.json") == []
    with pytest.raises(InputError, match="no such file"):
        template_files(tmp_path, long)


def test_nested_stacks_that_hold_each_other_end(tmp_path) -> None:
    nested = {
        "Resources": {
            name: {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": "t.json"},
            }
            for name in ("A", "B", "C")
        }
    }
    (tmp_path / "t.json").write_text(json.dumps(nested))
    (template,) = template_files(tmp_path, "t.json")
    with pytest.raises(InputError, match="nested stacks"):
        functions_in(template, Place("us-east-1"))


def test_a_nested_template_outside_of_the_folder_is_not_read(tmp_path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.yaml").write_text("Resources: {A: {Type: AWS::Lambda::Function}}")
    (inner / "t.yaml").write_text(
        "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: "
        "{TemplateURL: ../secret.yaml}}}"
    )
    (template,) = template_files(tmp_path, "inner/t.yaml")
    assert functions_in(template, Place("us-east-1")).functions == ()


def test_yaml_itself_is_what_is_meant() -> None:
    """The small SAM project has the short forms that this reader turns into functions."""
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(SOURCES["sam.json"].read_text())
