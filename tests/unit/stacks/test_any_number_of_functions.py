"""Any number of functions: every stack within every limit, and nobody moves.

A full stack and a second one, each function with every kind of alarm that there is. Templates are
compiled, and those of 70, 300 and 500 functions rendered, in `invoke test-deep`.
"""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.conftest import DEEP, deep, kept_in, read_yaml, slow
from tests.many_functions import KEY, project_of
from tocsin import config
from tocsin.check.limit_rules import NEAR, of_stack
from tocsin.check.run import own_rules
from tocsin.check.schema import schema
from tocsin.cloudformation.merged import whole
from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.config.alarm_overrides import Alarms
from tocsin.config.assignment import CAPACITY
from tocsin.findings import Severity
from tocsin.packaging.package import package
from tocsin.packaging.render import render
from tocsin.stacks import stacks_of

TWO_STACKS = CAPACITY + 1
# Of what CloudFormation takes, the rest is for what a project adds.
ROOM = 0.9
SIZES = (1, TWO_STACKS, 70, 300, 500)
RENDERED = SIZES if DEEP else SIZES[:2]
KINDS = [field.alias for name, field in Alarms.model_fields.items() if name != "enabled"]


@dataclass(frozen=True)
class Compiled:
    root: Path
    stage: Stage
    files: tuple[Path, ...]
    templates: list[dict]


@pytest.fixture(scope="module")
def sized(tmp_path_factory):
    """``sized(70)``: a project of 70 functions, rendered; (root, stage)."""
    made: dict[int, tuple[Path, Stage]] = {}

    def project(count):
        if count not in made:
            root = project_of(tmp_path_factory.mktemp("sized") / f"of {count}", count)
            if count == TWO_STACKS:
                _with_every_alarm(root)
            made[count] = root, config.load(root, "dev")
            render(*made[count])
        return made[count]

    return project


@pytest.fixture(scope="module")
def compiled(sized):
    """``compiled(70)``: the templates of its stacks, compiled once."""
    made: dict[int, Compiled] = {}

    def of(count):
        if count not in made:
            root, stage = sized(count)
            files = package(root, stage).templates
            templates = [Template.read(file) for file in files]
            made[count] = Compiled(root, stage, files, templates)
        return made[count]

    return of


def rendered_files(root):
    return {
        path.relative_to(root / "build" / "dev").as_posix(): path.read_text()
        for path in sorted((root / "build" / "dev").rglob("serverless.yml"))
    }


@slow
@pytest.mark.parametrize("count", RENDERED)
def test_the_groups_are_full_but_the_last_and_hold_every_function_once(sized, count) -> None:
    _, stage = sized(count)
    sizes = [len(group) for group in stage.groups]
    assert sum(sizes) == count
    assert all(size == CAPACITY for size in sizes[:-1])
    assert 0 < sizes[-1] <= CAPACITY
    keys = [function.key for group in stage.groups for function in group]
    assert Counter(keys) == Counter(KEY.format(number) for number in range(count))


@slow
@pytest.mark.parametrize("count", RENDERED)
def test_every_stack_is_rendered_a_service_of_its_own(sized, count) -> None:
    root, stage = sized(count)
    documents = {name: read_yaml(text) for name, text in rendered_files(root).items()}
    assert len(documents) == len(stacks_of(stage))
    for service in ("service", "stack"):
        names = [
            document["service"] if service == "service" else document["provider"]["stackName"]
            for document in documents.values()
        ]
        assert len(set(names)) == len(names)
    declared = [key for document in documents.values() for key in document.get("functions", {})]
    expected = [KEY.format(number) for number in range(count)]
    assert Counter(declared) == Counter([*expected, "bugs", "collector", "drill"])
    layers = [
        document["layers"]["errorlog"]["name"]
        for document in documents.values()
        if "layers" in document
    ]
    assert len(set(layers)) == len(layers) == len(stage.groups)


@slow
@pytest.mark.parametrize("count", RENDERED)
def test_one_function_more_changes_its_own_stack_and_the_overview_only(sized, count) -> None:
    root, stage = sized(count)
    before = rendered_files(root)
    lock = (root / "stacks.lock.yml").read_text() if count > 1 else ""
    file = root / "monitoring.yml"
    text = file.read_text()
    (root / "functions" / "another").symlink_to(root / "functions" / "orders")
    try:
        # First in the file: its order says nothing of who came first.
        file.write_text(text.replace("functions:\n", "functions:\n  another: {}\n", 1))
        changed = config.load(root, "dev")
        render(root, changed)
        after = rendered_files(root)
        own = f"{number}/" if (number := changed.stack_numbers["another"]) > 1 else ""
        touched = {name for name in after if after[name] != before.get(name)}
        assert f"{own}serverless.yml" in touched
        assert touched <= {f"{own}serverless.yml", "serverless.yml", "summary/serverless.yml"}
        for group, larger in zip(stage.groups, changed.groups, strict=False):
            assert {function.key for function in group} <= {function.key for function in larger}
    finally:
        file.write_text(text)
        (root / "functions" / "another").unlink()
        if lock:
            (root / "stacks.lock.yml").write_text(lock)
        for name, text_before in before.items():
            (root / "build" / "dev" / name).write_text(text_before)


@deep
@pytest.mark.parametrize("count", SIZES)
def test_every_stack_is_within_every_limit(compiled, count) -> None:
    for template in compiled(count).templates:
        # With every kind of alarm switched on for all, a full stack is near, and still deployed.
        share = 1 if count == TWO_STACKS else NEAR
        for used in of_stack(template):
            assert used.used < share * used.limit, used


@deep
@pytest.mark.parametrize("count", SIZES)
def test_check_finds_no_error_in_them(compiled, count) -> None:
    it = compiled(count)
    found = [*own_rules(it.root, it.stage, it.templates, kept_in(it.root))]
    found += schema(it.stage, it.templates)
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


@deep
@pytest.mark.parametrize("count", SIZES)
def test_what_belongs_to_a_function_is_in_one_stack(compiled, count) -> None:
    it = compiled(count)
    for stack, template in zip(stacks_of(it.stage), it.templates, strict=True):
        for function in stack.functions:
            own = {
                resource["Type"]
                for name, resource in template["Resources"].items()
                if name.startswith(function.logical_id)
            }
            assert own >= {
                "AWS::Lambda::Function",
                "AWS::Logs::LogGroup",
                "AWS::Logs::SubscriptionFilter",
                "AWS::IAM::Role",
                "AWS::CloudWatch::Alarm",
            }


@deep
@pytest.mark.parametrize("count", SIZES)
def test_nothing_is_imported_from_another_stack(compiled, count) -> None:
    for template in compiled(count).templates:
        assert "Fn::ImportValue" not in json.dumps(template.document)


@deep
def test_the_whole_has_every_resource_and_refers_to_what_is_shared_as_one_stack_does(
    compiled,
) -> None:
    it = compiled(TWO_STACKS)
    together = whole(it.stage, it.templates)
    assert len(together["Resources"]) == sum(
        len(template["Resources"]) for template in it.templates
    )
    last = it.stage.groups[-1][-1].logical_id
    resources = together["Resources"]
    assert (
        resources[f"{last}ErrorRateAlarm"]["Properties"]["AlarmActions"]
        == (
            resources[f"{it.stage.groups[0][0].logical_id}ErrorRateAlarm"]["Properties"][
                "AlarmActions"
            ]
        )
    )
    function = resources[f"{last}LambdaFunction"]["Properties"]
    layer = f"ErrorlogLambdaLayerOf{len(it.stage.groups)}"
    assert function["Layers"] == [{"Ref": layer}]
    assert resources[layer]["Type"] == "AWS::Lambda::LayerVersion"


def test_one_stack_is_its_own_whole(sized) -> None:
    root, stage = sized(1)
    alone = Template({"Resources": {}})
    assert whole(stage, [alone]) is alone
    assert not (root / "stacks.lock.yml").exists()


@deep
def test_a_function_of_the_full_stack_has_an_alarm_of_every_kind(compiled) -> None:
    """So that the limits above are looked at with all that a stack can have."""
    it = compiled(TWO_STACKS)
    first = it.stage.groups[0][0].logical_id
    alarms = [
        name
        for name, resource in it.templates[0]["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and name.startswith(first)
    ]
    assert len(alarms) >= len(KINDS)
    assert len(it.templates[0]["Resources"]) < ROOM * 500


def _with_every_alarm(root):
    file = root / "monitoring.yml"
    document = read_yaml(file.read_text())
    for kind in KINDS:
        document["alarms"][kind] = {**(document["alarms"].get(kind) or {}), "enabled": True}
    for function in document["functions"].values():
        function["events"] = [
            {"eventBridge": {"pattern": {"source": ["shop"]}}},
            {"sqs": "arn:aws:sqs:us-east-1:123456789012:work"},
        ]
    document["alarms"]["concurrency"]["threshold"] = 10
    document["alarms"]["deadLetterDepth"]["queue"] = "collector-dead-letters-dev"
    file.write_text(yaml.safe_dump(document))
