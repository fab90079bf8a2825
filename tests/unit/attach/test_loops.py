"""Functions that ``Fn::ForEach`` makes are found like written ones; their lines are the loop's."""

import pytest
import yaml

from tests.unit.attach.conftest import LAYER, PROJECTS
from tests.unit.attach.test_snippets import STATEMENT, TABLE
from tocsin.attach.attaching import changes
from tocsin.attach.templates import Place, functions_in, template_files


@pytest.fixture
def looped(found):
    """``looped(settings)``: what attach finds of the template."""
    return lambda settings="": found(f"{{template: loops/template.yaml{settings}}}")


def functions(**parameters):
    (template,) = template_files(PROJECTS, "loops/template.yaml")
    return functions_in(template, Place("us-east-1", parameters=parameters))


def test_each_member_is_a_function() -> None:
    stack = functions()
    seen = {
        one.id: (one.name, one.handler, one.timeout, one.made_by, one.role, len(one.events))
        for one in stack.functions
    }
    one_loop, two_loops = "Fn::ForEach::Functions.", "Fn::ForEach::Outer.Fn::ForEach::Inner."
    made = (None, "make.handler", 3, two_loops + "Make${Kind}${Size}", "", 1)
    assert seen == {
        "Plain": (None, "plain.handler", 3, "", "", 0),
        "Handleorders": (
            "orders-dev", "orders.take", 20, one_loop + "Handle&{Name}", "Roleorders", 0,
        ),
        "Handlemailout": (
            "mail-out-dev", "mail.send", 7, one_loop + "Handle&{Name}", "Rolemailout", 0,
        ),
        **dict.fromkeys(("MakeAs", "MakeAl", "MakeBs", "MakeBl"), made),
    }  # fmt: skip


def test_what_cannot_be_known_is_named() -> None:
    unknown, named = functions().notes
    assert unknown.startswith("the functions that Fn::ForEach::Unknown makes are not known: ")
    assert "parameter Regions has no default and no value is given" in unknown
    assert "Fn::ForEach::Named" in named
    assert "the name of its stack, or its account, is in it" in named


def test_a_parameter_that_is_given_makes_them_known() -> None:
    stack = functions(Regions="eu-west-1,us-east-1", Names="orders")
    ids = {function.id for function in stack.functions}
    assert {"Ineuwest1", "Inuseast1", "Handleorders"} <= ids
    assert "Handlemailout" not in ids


def test_the_lines_are_for_the_loop_and_not_for_each_member(looped) -> None:
    seen = looped()
    plain, one_loop, two_loops = [snippet for of_one in seen.snippets for snippet in of_one]
    assert yaml.safe_load(plain.text)["Resources"].keys() == {"Plain"}
    given = {"Layers": [LAYER], "Environment": {"Variables": {"ERROR_LOG_TABLE": TABLE}}}
    head, *_ = one_loop.lines
    assert head == (
        "# In Fn::ForEach::Functions.Handle&{Name}, which makes 2 (Handleorders, Handlemailout), "
        "beside what it has:"
    )
    first, second = one_loop.text.split("# In Fn::ForEach::Functions, beside Role&{Name}:")
    assert yaml.safe_load(first) == {"Properties": given}
    assert yaml.safe_load(second) == {
        "Role&{Name}Errorlog": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "errorlog",
                "Roles": [{"Ref": "Role&{Name}"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": [STATEMENT]},
            },
        }
    }
    assert "orders.take, mail.send" in one_loop.text
    assert "which makes 4 (MakeAs, MakeAl, MakeBs, MakeBl)" in two_loops.lines[0]
    assert yaml.safe_load(two_loops.text) == {
        "Properties": {**given, "Policies": [{"Statement": [STATEMENT]}]}
    }


def test_nobody_writes_into_a_loop_but_says_so(looped) -> None:
    told = []
    (change,) = changes(looped(), told.append)
    assert not any(line.startswith("-") for line in change.diff("t")[2:])
    assert "MakeAs" not in change.after
    assert told == [
        f"not written: {place} is made by a loop; put the lines above there yourself"
        for place in (
            "Fn::ForEach::Functions.Handle&{Name}",
            "Fn::ForEach::Outer.Fn::ForEach::Inner.Make${Kind}${Size}",
        )
    ]


@pytest.mark.parametrize(
    ("named", "line", "remark"),
    [
        (["Handleorders", "Handlemailout"], "ERROR_LOG_HANDLER: HANDLER",
         "# HANDLER is what the handler is there today, of each its own"),
        (["MakeAs", "MakeAl", "MakeBs", "MakeBl"], "ERROR_LOG_HANDLER: make.handler", ""),
        (["MakeAs"], "", "# zeroCode is asked for MakeAs alone, and one block makes all: no line"),
    ],
)  # fmt: skip
def test_zero_code_is_of_all_that_a_loop_makes_or_of_none(looped, named, line, remark) -> None:
    wanted = ", ".join(f"{name}: {{zeroCode: true}}" for name in named)
    whole = "\n".join(
        snippet.text
        for of_one in looped(f", functions: {{{wanted}}}").snippets
        for snippet in of_one
    )
    assert line in whole
    assert remark in whole
    assert ("ERROR_LOG_HANDLER" in whole) == bool(line)
