"""Functions of other stacks as compiled: watched like our own, and nothing of them is created."""

import copy
import json

import pytest

from tests.conftest import kept_in, slow
from tocsin import config
from tocsin.check.completeness import completeness
from tocsin.check.scenarios import proven
from tocsin.cloudformation.template import Template, statements
from tocsin.scenarios import alarms_of
from tocsin.stacks.collector_access import MOST


@pytest.fixture(scope="module")
def resources(declared):
    return declared[2]["Resources"]


def of(resources, kind):
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == kind
    }


def test_each_has_its_alarms_under_its_deployed_name(resources) -> None:
    alarms = {
        alarm["AlarmName"]: alarm for alarm in of(resources, "AWS::CloudWatch::Alarm").values()
    }
    for name in ("shop-cart", "legacy_search", "legacy_index", "pay-in", "pay-out"):
        latency = alarms[f"{name}-latency-alarm-dev"]
        assert latency["Dimensions"] == [{"Name": "FunctionName", "Value": name}]
        assert f"{name}-error-rate-alarm-dev" in alarms
    assert alarms["shop-cart-latency-alarm-dev"]["Threshold"] == 2000
    assert alarms["shop-cart-latency-alarm-dev"]["ExtendedStatistic"] == "p99"
    assert "legacy_search-throttles-alarm-dev" in alarms
    assert "legacy_index-throttles-alarm-dev" not in alarms


def test_each_log_group_is_subscribed_once_and_waits_for_its_permission(resources) -> None:
    found = {
        resource["Properties"]["LogGroupName"]: resource
        for resource in resources.values()
        if resource["Type"] == "AWS::Logs::SubscriptionFilter"
        and isinstance(resource["Properties"]["LogGroupName"], str)
    }
    assert sorted(found) == [
        "/aws/lambda/pay-in",
        "/aws/lambda/shop-cart",
        "/pay/out",
        "/search/all",
    ]
    for group, subscription in found.items():
        assert subscription["Properties"]["DestinationArn"] == {
            "Fn::GetAtt": ["CollectorLambdaFunction", "Arn"]
        }
        first = subscription["DependsOn"]
        (permission,) = [first] if isinstance(first, str) else first
        source = resources[permission]["Properties"]["SourceArn"]["Fn::Sub"]
        pattern = source.partition(":log-group:")[2].removesuffix(":*")
        assert pattern in (group, "/aws/lambda/pay-*")


def test_only_their_logs_of_this_account_may_call_the_collector(resources) -> None:
    permissions = [
        permission
        for permission in of(resources, "AWS::Lambda::Permission").values()
        if permission["Principal"] == "logs.amazonaws.com"
        and "-function-dev" not in permission["SourceArn"]["Fn::Sub"]
    ]
    assert sorted(
        permission["SourceArn"]["Fn::Sub"].split(":log-group:")[1] for permission in permissions
    ) == [
        "/aws/lambda/pay-*:*",
        "/aws/lambda/shop-cart:*",
        "/pay/out:*",
        "/search/all:*",
    ]
    for permission in permissions:
        assert permission["Principal"] == "logs.amazonaws.com"
        assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_nothing_of_theirs_is_created(resources) -> None:
    theirs = ("shop-cart", "legacy_", "/search/all", "pay-", "/pay/out")
    for kind in ("AWS::Logs::LogGroup", "AWS::Lambda::Function"):
        assert not [their for their in theirs if their in json.dumps(of(resources, kind))]


def test_of_theirs_the_collector_may_read_the_logs_that_it_is_sent(resources) -> None:
    told = {
        logical_id: statement["Resource"]
        for logical_id, role in of(resources, "AWS::IAM::Role").items()
        for statement in statements(role)
        if "shop-cart" in json.dumps(statement)
    }
    (readable,) = told.values()
    assert list(told) == ["CollectorRole"]
    groups = [arn["Fn::Sub"].partition(":log-group:")[2] for arn in readable]
    assert [group for group in groups if "-function-dev" not in group] == [
        "/aws/lambda/pay-*:*",
        "/aws/lambda/shop-cart:*",
        "/search/all:*",
        "/pay/out:*",
    ]


def test_each_is_on_the_dashboard_and_in_the_outputs(declared, resources) -> None:
    (body,) = of(resources, "AWS::CloudWatch::Dashboard").values()
    outputs = declared[2]["Outputs"]
    names = ["shop-cart", "legacy_search", "legacy_index", "pay-in", "pay-out"]
    for name in names:
        assert f'"FunctionName","{name}"' in json.dumps(body).replace('\\"', '"')
    assert outputs["ExternalFunctionNames"]["Value"].split(",") == names


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ("ShopDashcartErrorRateAlarm", "completeness/alarm"),
        ("ShopDashcartCollectorSubscription", "completeness/subscription"),
    ],
)
def test_a_part_that_is_gone_is_named(declared, part, rule) -> None:
    _, stage, whole = declared
    template = copy.deepcopy(whole)
    del template["Resources"][part]
    found = [(finding.rule, finding.subject) for finding in completeness(stage, Template(template))]
    assert (rule, "shop-cart") in found


@slow
def test_an_alarm_on_a_function_that_nobody_named_is_still_found(declared) -> None:
    text = json.dumps(declared[2]).replace('"Value": "shop-cart"', '"Value": "shop-card"')
    found = proven(declared[1], alarms_of(json.loads(text)), kept_in(declared[0]))
    assert "unknown-function" in " ".join(finding.rule for finding in found)


@pytest.mark.parametrize(("count", "expected"), [(MOST, MOST), (MOST + 1, 1)])
def test_the_collectors_policy_stays_within_its_20_kb(project, count, expected) -> None:
    lines = "".join(f"  - {{name: other-{number}}}\n" for number in range(count))
    file = project / "monitoring.yml"
    file.write_text(file.read_text() + f"\nexternalFunctions:\n{lines}")
    from tocsin.stacks.collector_access import invoke_permissions

    permissions = invoke_permissions(config.load(project, "dev"))
    assert len(permissions) == expected
    assert (
        sum(len(permission) for permission in permissions.values()) + 320 * len(permissions)
        < 20_480
    )
