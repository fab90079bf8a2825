"""cfn-lint sees one resource of each shape: whatever differs in more than its function is seen."""

import copy

import pytest

from tests.conftest import DEMO, deep, slow, some
from tocsin import config
from tocsin.check.schema import schema
from tocsin.cloudformation.equivalence import excerpts
from tocsin.cloudformation.template import Template


@pytest.fixture(scope="module")
def stage():
    return config.load(DEMO, "dev")


def resources(stage, template):
    (excerpt,) = excerpts(stage, [Template(template)])
    return set(excerpt.template["Resources"])


def test_of_functions_alike_the_first_is_seen(compiled, stage) -> None:
    seen = resources(stage, compiled("dev"))
    assert {"OrdersRole", "OrdersErrorRateAlarm", "OrdersLogGroup"} <= seen
    assert not {"PaymentsRole", "PaymentsErrorRateAlarm", "NotificationsLogGroup"} & seen


def test_a_setting_of_its_own_is_seen(compiled, stage) -> None:
    # Its throttle alarm has another threshold than those of the others.
    assert "NotificationsThrottlesAlarm" in resources(stage, compiled("dev"))


def test_what_belongs_to_no_function_is_seen(compiled, stage) -> None:
    template = compiled("dev")
    keys = ("Orders", "Payments", "Notifications")
    own = {name for name in template["Resources"] if not name.startswith(keys)}
    assert own <= resources(stage, template)


def leaves(value, path=()):
    """The path of every text, number and boolean below ``value``."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from leaves(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*path, index))
    else:
        yield path


@slow
def test_any_other_value_of_any_resource_makes_it_seen(compiled, stage) -> None:
    template = compiled("dev")
    last = [name for name in template["Resources"] if name.startswith("Payments")]
    count = 0
    for name in last:
        for path in some(leaves(template["Resources"][name]), 8):
            changed = copy.deepcopy(template)
            node = changed["Resources"][name]
            for step in path[:-1]:
                node = node[step]
            before, node[path[-1]] = node[path[-1]], 5
            if before != 5 and path[-2:-1] != ("Variables",):
                assert name in resources(stage, changed), path
                count += 1
    assert count > 20


@deep
def test_a_fault_in_one_function_only_is_found(compiled, stage) -> None:
    template = copy.deepcopy(compiled("dev"))
    template["Resources"]["PaymentsLatencyAlarm"]["Properties"]["TreatMissingData"] = 5
    template["Resources"]["PaymentsLogGroup"]["Properties"]["RetentionInDays"] = "soon"
    found = list(schema(stage, [Template(template)]))
    assert {finding.subject for finding in found} == {"PaymentsLatencyAlarm", "PaymentsLogGroup"}
    assert not [finding for finding in found if "others like it" in finding.message]


@deep
def test_a_fault_of_all_functions_is_told_once_with_their_number(compiled, stage) -> None:
    template = copy.deepcopy(compiled("dev"))
    for key in ("Orders", "Payments", "Notifications"):
        template["Resources"][f"{key}LogGroup"]["Properties"]["RetentionInDays"] = "soon"
    found = list(schema(stage, [Template(template)]))
    assert {finding.subject for finding in found} == {"OrdersLogGroup"}
    assert all(finding.message.endswith("(so have 2 others like it)") for finding in found)
