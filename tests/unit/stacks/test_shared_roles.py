"""`roles: shared` at any number of functions: a role for each stack, within what IAM takes.

Rendered, not compiled: osls adds to a role nothing but the log groups that it lists, and those are
looked at in tests/unit/infrastructure. Compiled at 72: `invoke test-deep`.
"""

import json
import re
from dataclasses import replace
from itertools import product

import pytest
import yaml

from tests.conftest import DEEP, slow, some
from tests.many_functions import project_of
from tocsin import config, names
from tocsin.check import check
from tocsin.check.limit_rules import ROLE_POLICY_CHARACTERS, limits
from tocsin.check.role_rules import roles
from tocsin.cloudformation.equivalence import excerpts
from tocsin.cloudformation.merged import whole
from tocsin.cloudformation.template import Template
from tocsin.config.assignment import CAPACITY
from tocsin.config.field_types import NAME
from tocsin.findings import Severity
from tocsin.packaging.package import package
from tocsin.packaging.render import render
from tocsin.stacks import stacks_of
from tocsin.stacks.roles import roles_of

SIZES = (1, CAPACITY, 2 * CAPACITY + 2) if DEEP else (1, 2 * CAPACITY + 2)
ROLE = "FunctionsRole"
OWN_ROLES = ("BugsRole", "CollectorRole", "DrillRole")
# `<key>-function-dev` has the 64 characters that Lambda takes.
LONGEST = "x" * 49 + "{:02}"
# With `aws-us-gov` before it, the longest start of an ARN that anybody may choose.
REGION = "us-gov-east-1"


@pytest.fixture(scope="module")
def sized(tmp_path_factory):
    """``sized(72, "shared")``: the stage, and what it renders to for each of its stacks."""
    made = {}
    folder = tmp_path_factory.mktemp("sized") / "a project"

    def of(count, setting):
        if (count, setting) not in made:
            made[count, setting] = rendered_stage(project_of(folder, count, roles=setting))
        return made[count, setting]

    return of


def rendered_stage(root):
    stage = config.load(root, "dev")
    texts = [file.read_text() for file in render(root, stage)]
    return stage, [yaml.load(text, Loader=yaml.CSafeLoader) for text in texts]


def template(stack, document):
    """What osls makes of the rendered functions and roles, as far as roles are concerned."""
    made = {}
    for key, function in document.get("functions", {}).items():
        logical_id = names.logical_id(key)
        group = {"LogGroupName": names.log_group(function["name"])}
        made[f"{logical_id}LogGroup"] = {"Type": "AWS::Logs::LogGroup", "Properties": group}
        properties = {"FunctionName": function["name"], "Role": function["role"]}
        if "onError" in function:
            properties["DeadLetterConfig"] = {"TargetArn": function["onError"]}
        made[f"{logical_id}LambdaFunction"] = {
            "Type": "AWS::Lambda::Function",
            "Properties": properties,
        }
    return {"Resources": {**document["resources"]["Resources"], **made}}


def templates(stage, documents):
    return [Template(template(*pair)) for pair in zip(stacks_of(stage), documents, strict=True)]


def roles_in(document):
    resources = document["resources"]["Resources"]
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::IAM::Role" and name not in OWN_ROLES
    }


@slow
@pytest.mark.parametrize("count", SIZES)
def test_each_stack_with_functions_has_one_role_that_all_of_them_run_as(sized, count) -> None:
    stage, documents = sized(count, "shared")
    expected = {"": "functions-role-dev", "2": "functions-2-role-dev", "3": "functions-3-role-dev"}
    for stack, document in zip(stacks_of(stage), documents, strict=True):
        found = roles_in(document)
        assert list(found) == ([ROLE] if stack.functions else [])
        assert {role["RoleName"] for role in found.values()} <= {expected.get(stack.part)}
        for function in stack.functions:
            role = document["functions"][function.key]["role"]
            assert role == {"Fn::GetAtt": [ROLE, "Arn"]}


@slow
def test_a_main_stack_without_functions_has_no_role_for_them(sized) -> None:
    stage, _ = sized(SIZES[-1], "shared")
    left = replace(stage, functions=stage.functions[CAPACITY:])
    found = [[role.name for role in roles_of(stack)] for stack in stacks_of(left)]
    assert found == [[], ["functions-2-role-dev"], ["functions-3-role-dev"], []]


@pytest.mark.parametrize("count", SIZES)
def test_a_role_lists_the_logs_of_its_own_stack_and_no_others(sized, count) -> None:
    stage, documents = sized(count, "shared")
    listed = []
    for stack, document in zip(stacks_of(stage), documents, strict=True):
        for role in roles_in(document).values():
            (statement,) = role["Policies"][1]["PolicyDocument"]["Statement"]
            groups = [f"{function.logical_id}LogGroup" for function in stack.functions]
            assert statement["Resource"] == [{"Fn::GetAtt": [group, "Arn"]} for group in groups]
            listed += groups
    assert len(listed) == len(set(listed)) == count


@pytest.mark.parametrize("count", SIZES)
def test_check_finds_nothing_wrong_with_the_roles(sized, count) -> None:
    stage, documents = sized(count, "shared")
    assert list(roles(stage, whole(stage, templates(stage, documents)))) == []


@slow
@pytest.mark.parametrize("count", SIZES)
def test_no_name_or_logical_id_of_a_role_has_another_meaning_under_the_other_setting(
    sized, count
) -> None:
    """CloudFormation makes the new roles while functions still run as the old ones."""

    def named(setting):
        _, documents = sized(count, setting)
        found = [item for document in documents for item in roles_in(document).items()]
        return {name for name, _ in found}, {role["RoleName"].lower() for _, role in found}

    for shared, own in zip(named("shared"), named("function"), strict=True):
        assert shared
        assert not shared & own


@slow
@pytest.mark.parametrize("count", SIZES)
def test_the_settings_differ_in_nothing_but_roles_and_move_nobody(sized, count) -> None:
    def rest(setting):
        stage, documents = sized(count, setting)
        for document in json.loads(json.dumps(documents)):
            for function in document.get("functions", {}).values():
                del function["role"]
            for role in roles_in(document):
                del document["resources"]["Resources"][role]
            yield document
        yield stage.stack_numbers

    assert list(rest("shared")) == list(rest("function"))


def characters(stage, stack):
    """Of the role of a stack as IAM gets it, put together by hand."""
    place = f"{REGION}:123456789012"
    groups = [
        f"arn:aws-us-gov:logs:{place}:log-group:/aws/lambda/{function.name}:*"
        for function in stack.functions
    ]
    table = f"arn:aws-us-gov:dynamodb:{place}:table/error-log-table-{stage.suffix}"
    statements = [
        ("RecordErrors", "dynamodb:PutItem", table),
        ("WriteOwnLogGroup", ["logs:CreateLogStream", "logs:PutLogEvents"], groups),
    ]
    documents = [
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
            ],
        }
        for sid, actions, resources in statements
    ]
    return sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The stage of two full stacks whose functions have the longest names, and its templates."""
    root = project_of(
        tmp_path_factory.mktemp("full") / "a project",
        2 * CAPACITY,
        LONGEST,
        roles="shared",
        region=REGION,
        stages={"dev": {}},
    )
    stage, documents = rendered_stage(root)
    assert {len(function.name) for function in stage.functions} == {names.LIMITS["function"]}
    return stage, templates(stage, documents)


@slow
def test_a_full_stack_of_the_longest_names_is_far_within_what_iam_takes(full) -> None:
    stage, compiled = full
    for stack, document in list(zip(stacks_of(stage), compiled, strict=True))[:2]:
        assert len(stack.functions) == CAPACITY
        # With room for functions that two branches put into the last place of a stack.
        assert 2_000 < characters(stage, stack) < 0.6 * ROLE_POLICY_CHARACTERS
        assert [found for found in limits(stack, document) if found.subject == ROLE] == []


@slow
@pytest.mark.parametrize("number", [0, 1])
def test_check_counts_what_iam_gets_and_not_the_references(full, number) -> None:
    """A statement is added, of a length with which the role is one character beyond the limit."""
    stage, compiled = full
    stack = stacks_of(stage)[number]
    changed = json.loads(json.dumps(compiled[number].document))
    policies = changed["Resources"][ROLE]["Properties"]["Policies"]

    def with_statement(size):
        more = {"PolicyName": "more", "PolicyDocument": {"Statement": "x" * size}}
        changed["Resources"][ROLE]["Properties"]["Policies"] = [*policies, more]
        return [limit for limit in limits(stack, Template(changed)) if limit.subject == ROLE]

    room = ROLE_POLICY_CHARACTERS - characters(stage, stack) - len('{"Statement":""}')
    (over,) = with_statement(room + 1)
    assert over.severity is Severity.ERROR
    assert over.message == "10,241 characters of inline policies of at most 10,240"
    (near,) = with_statement(room)
    assert near.severity is Severity.WARNING
    assert near.message.startswith("10,240 characters")


def test_cfn_lint_sees_one_role_of_the_siblings_and_one_log_of_it(sized) -> None:
    stage, documents = sized(SIZES[-1], "shared")
    seen = [
        set(excerpt.template["Resources"])
        for excerpt in excerpts(stage, templates(stage, documents))
    ]
    assert len([path for path in seen if ROLE in path]) == 2  # the main stack's, and a sibling's
    for path in seen:
        groups = [name for name in path if name.endswith("LogGroup")]
        assert len(groups) <= 4  # those of the collector, the drill and the memory of bugs


@slow
@pytest.mark.parametrize("roles", ["function", "shared"])
def test_cfn_lint_is_asked_nothing_more_of_a_further_sibling(sized, roles) -> None:
    stage, documents = sized(SIZES[-1], roles)
    assert len(documents) == 4
    assert len(list(excerpts(stage, templates(stage, documents)))) == 3


def leaves(value, path=()):
    """The path of every text below ``value``."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, pair in pairs:
        if isinstance(pair, dict | list):
            yield from leaves(pair, (*path, key))
        else:
            yield (*path, key)


def test_any_other_value_in_the_role_of_one_sibling_is_seen(sized) -> None:
    stage, documents = sized(SIZES[-1], "shared")
    whole_stage = templates(stage, documents)
    paths = list(leaves(whole_stage[2]["Resources"][ROLE]))
    assert len(paths) > 15
    for path in some(paths, 4):
        changed = list(whole_stage)
        changed[2] = Template(json.loads(json.dumps(whole_stage[2].document)))
        node = changed[2]["Resources"][ROLE]
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = "Other"
        shown = [excerpt.template["Resources"].get(ROLE) for excerpt in excerpts(stage, changed)]
        assert any("Other" in json.dumps(value) for value in shown), path


def test_a_log_that_is_listed_twice_is_seen(sized) -> None:
    stage, documents = sized(SIZES[-1], "shared")
    changed = templates(stage, documents)
    role = changed[2]["Resources"][ROLE] = json.loads(json.dumps(changed[2]["Resources"][ROLE]))
    (statement,) = role["Properties"]["Policies"][1]["PolicyDocument"]["Statement"]
    statement["Resource"] += statement["Resource"][-1:]
    shown = [excerpt.template["Resources"].get(ROLE) for excerpt in excerpts(stage, changed)]
    assert role in shown


def joined(pieces, most):
    return {
        "".join(parts) for count in range(1, most + 1) for parts in product(pieces, repeat=count)
    }


def test_no_function_can_have_the_role_name_of_all_on_any_stage() -> None:
    """Whatever function and stage are called, as far as monitoring.yml takes the names."""
    suffixes = [name for name in joined(["dev", "role", "-role", "-", "2"], 3) if name[0] != "-"]
    keys = joined(["functions", "Functions", "FUNCTIONS", "-role", "-", "2", "x"], 4)
    shared = {names.shared_role(part, suffix) for part in ("", "2", "22") for suffix in suffixes}
    taken = {
        key
        for key in keys
        if re.match(NAME, key)
        for suffix in suffixes
        if names.role(key, suffix).lower() in shared
    }
    assert {"functions", "FUNCTIONS-2", "functions-role", "Functions-role-2"} <= taken
    assert {name for name in taken if not names.is_reserved(name)} == set()


@pytest.mark.skipif(not DEEP, reason="part of `invoke test-deep`")
def test_compiled_the_stacks_pass_every_check(tmp_path) -> None:
    root = project_of(tmp_path / "a project", SIZES[-1], roles="shared")
    stage = config.load(root, "dev")
    found = check(root, stage, *package(root, stage).templates)
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []
