"""Every function of a template is found, whatever tool made it, and nothing of it is guessed."""

import json
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tocsin.attach.found import FoundFunction, FoundStack, Statement
from tocsin.attach.templates import NoTemplate, Place, functions_in, template_files
from tocsin.exceptions import InputError

PROJECTS = ROOT / "tests/projects/attached"


def found(pattern: str, stack: str = "", root: Path = PROJECTS) -> list[FoundStack]:
    return [
        functions_in(template, Place("us-east-1"))
        for template in template_files(root, pattern, stack)
    ]


def functions(pattern: str, stack: str = "") -> dict[str, FoundFunction]:
    return {function.label: function for one in found(pattern, stack) for function in one.functions}


# label -> (name, runtime, handler, time-out, memory, log group, events)
EXPECTED = {
    "sls/package": {
        "charge": ("till-dev-charge", "python3.12", "src/charge.handler", 20, 1024,
                   "/aws/lambda/till-dev-charge", [{"http": {}}]),
        "night-report": ("till-dev-night-report", "python3.12", "src/reports/nightly.run", 6, 1024,
                         "/aws/lambda/till-dev-night-report",
                         [{"schedule": {"rate": ["cron(0 3 * * ? *)"]}}]),
        "thumbs": ("till-dev-thumbs", "nodejs20.x", "src/thumbs.handler", 6, 1024,
                   "/aws/lambda/till-dev-thumbs", []),
    },
    # Without a name of its stack, what is made of it is not known.
    "sam": {
        "TakeOrder": (None, "python3.12", "app.lambda_handler", 15, 512, None, [{"httpApi": {}}]),
        "Nightly": (None, "python3.12", "nightly.run", 60, 512, "/orders/nightly",
                    [{"schedule": {"rate": ["rate(1 day)"]}},
                     {"schedule": {"rate": ["rate(1 hour)"], "enabled": False}}]),
        "Resize": (None, "", "", 15, 1024, None, []),
        "Mail": ("mail", "nodejs20.x", "index.handler", 15, 512, "/aws/lambda/mail", [{"sqs": {}}]),
    },
    # Lambda's own defaults; what CDK adds for itself is left out, a function called alike is not.
    "cdk.out/Shop.template.json": {
        "Cart": (None, "python3.13", "cart.handler", 3, 128, None, [{"sqs": {}}]),
        "Payments/Till": ("till-shop-dev", "python3.13", "till.handler", 30, 128,
                          "/aws/lambda/till-shop-dev", [{"schedule": {"rate": ["rate(1 hour)"]}}]),
        "LogRetention": ("keep", "python3.13", "index.handler", 3, 128, "/aws/lambda/keep", []),
        "Report": ("report-weekly", "python3.12", "report.handler", 3, 128,
                   "/aws/lambda/report-weekly", []),
    },
    "terraform/plan.json": {
        "orders": ("orders-dev", "python3.12", "app.handler", 30, 256, "/aws/lambda/orders-dev",
                   [{"schedule": {"rate": ["rate(1 day)"], "enabled": True}}]),
        'module.pay["eu"].aws_lambda_function.this[0]': (
            None, "python3.11", "pay.handler", 3, 128, "/pay/all", [{"http": {}}]),
    },
}  # fmt: skip


@pytest.mark.parametrize("pattern", EXPECTED)
def test_each_function_is_found_with_what_its_template_says(pattern) -> None:
    seen = {
        label: (
            function.name, function.runtime, function.handler, function.timeout, function.memory,
            function.log_group, list(function.events),
        )
        for label, function in functions(pattern).items()
    }  # fmt: skip
    assert seen == EXPECTED[pattern]


def test_a_name_made_of_the_stacks_is_known_with_the_stacks() -> None:
    assert functions("sam/template.yaml", "orders-dev")["Nightly"].name == "nightly-orders-dev-dev"


@pytest.mark.parametrize(
    ("pattern", "stack", "tool", "declaration", "stacks"),
    [
        ("sls/package", "", "serverless", "sls/serverless.yml", ["till-dev"]),
        ("sls/package/cloudformation-template-update-stack.json", "", "serverless",
         "sls/serverless.yml", ["till-dev"]),
        ("sam/template.yaml", "", "sam", "sam/template.yaml", [""]),
        ("cdk.out", "", "cdk", None, ["shop-dev", "ShopProd"]),
        ("cdk.out/manifest.json", "", "cdk", None, ["shop-dev", "ShopProd"]),
        ("cdk.out/*.template.json", "", "cdk", None, ["shop-dev", "ShopProd"]),
        ("cdk.out", "ShopProd", "cdk", None, ["ShopProd"]),
        ("terraform/plan.json", "", "terraform", None, [""]),
    ],
)  # fmt: skip
def test_the_form_is_told_by_what_a_file_holds(pattern, stack, tool, declaration, stacks) -> None:
    seen = found(pattern, stack)
    assert [one.tool for one in seen] == [tool] * len(stacks)
    assert [one.name for one in seen] == stacks
    assert seen[0].declaration == (PROJECTS / declaration if declaration else None)


def test_what_was_packaged_for_another_stage_says_so() -> None:
    assert [one.stage for one in found("sls/package")] == ["dev"]


def test_layers_variables_and_rights_are_known_as_far_as_they_are() -> None:
    taken = functions("sam/template.yaml")["TakeOrder"]
    assert taken.layers == ("arn:aws:lambda:us-east-1:123456789012:layer:common:4",)
    assert taken.variables == {"ERROR_LOG_TABLE": "error-log-table-dev"}
    assert taken.statements == (
        Statement("Allow", ("dynamodb:PutItem",), (None,)),
        Statement(
            "Allow",
            ("dynamodb:Put*",),
            ("arn:aws:dynamodb:us-east-1:*:table/error-log-table-dev",),
        ),
    )
    cdk = functions("cdk.out/Shop.template.json")
    assert cdk["Cart"].layers == (None,)
    assert cdk["Cart"].statements == (Statement("Allow", ("dynamodb:PutItem",), ("*",)),)
    assert cdk["Payments/Till"].statements is None, "its role is elsewhere"
    assert functions("terraform/plan.json")["orders"].statements == (
        Statement(
            "Allow",
            ("dynamodb:PutItem",),
            ("arn:aws:dynamodb:us-east-1:123456789012:table/error-log-table-*",),
        ),
    )


def test_no_value_of_anybodys_variable_is_copied() -> None:
    for pattern in EXPECTED:
        text = repr(found(pattern))
        assert "s3cret" not in text
        assert "k3y-in-clear" not in text


def test_names_as_deployed_reach_functions_log_groups_and_nested_stacks() -> None:
    (template,) = template_files(PROJECTS, "cdk.out", "shop-dev")
    deployed = {
        "": {"Cart9C8D7E6F": "shop-dev-Cart-X1", "CartLogs0A0B0C0D": "shop-dev-CartLogs-Y2"},
        "ReportsNestedStack": {},
    }
    cart = functions_in(template, Place("us-east-1"), deployed).functions[0]
    assert (cart.name, cart.log_group) == ("shop-dev-Cart-X1", "shop-dev-CartLogs-Y2")


def test_what_is_not_understood_is_said() -> None:
    (one,) = found("cdk.out", "shop-dev")
    assert one.notes == (
        "the functions of the nested stack Elsewhere are not known: its template is not beside "
        "this one",
    )


def test_globals_are_laid_below_and_can_be_left_out(tmp_path) -> None:
    (tmp_path / "t.yaml").write_text(
        "Transform: [AWS::Serverless-2016-10-31]\n"
        "Globals: {Function: {Runtime: python3.12, Timeout: 9, Layers: [a], MemorySize: 512}}\n"
        "Resources:\n"
        "  A: {Type: AWS::Serverless::Function, Properties: {Layers: [b], Timeout: 2}}\n"
        "  B: {Type: AWS::Serverless::Function, IgnoreGlobals: [Timeout], Properties: {}}\n"
        "  C: {Type: AWS::Serverless::Function, IgnoreGlobals: '*', Properties: {Timeout: 4}}\n"
    )
    (one,) = found("t.yaml", root=tmp_path)
    seen = {
        function.id: (function.runtime, function.timeout, function.memory, function.layers)
        for function in one.functions
    }
    assert seen == {
        "A": ("python3.12", 2, 512, ("a", "b")),
        "B": ("python3.12", 3, 512, ("a",)),
        "C": ("", 4, 128, ()),
    }


@pytest.mark.parametrize(
    ("pattern", "stack", "said"),
    [
        ("nowhere.json", "", "no such file"),
        ("nowhere/*.json", "", "no such file"),
        ("sls/src", "", "a folder without a template"),
        ("sls/serverless.yml", "", "neither Resources nor planned_values"),
        ("sls/src/charge.py", "", "neither Resources nor planned_values"),
        ("cdk.out", "shop-prod", "found the stacks ShopProd, shop-dev"),
        ("a\0b", "", "a null"),
    ],
)
def test_what_is_no_template_is_refused_in_words(pattern, stack, said) -> None:
    with pytest.raises(InputError) as raised:
        found(pattern, stack)
    assert said in str(raised.value)
    assert raised.value.exit_code == 2


def test_a_file_that_is_not_there_is_told_from_a_wrong_one() -> None:
    with pytest.raises(NoTemplate):
        found("nowhere.json")


def test_a_plan_of_another_major_version_is_refused(tmp_path) -> None:
    (tmp_path / "p.json").write_text(json.dumps({"format_version": "2.0", "planned_values": {}}))
    with pytest.raises(InputError, match=r"format_version '2\.0'; accepted: 1\.x"):
        found("p.json", root=tmp_path)
