"""What calls a function, and what it may beyond its error and its log, as compiled."""

import copy

from tests.conftest import deep, kept_in, slow
from tests.unit.infrastructure.conftest import QUEUE
from tocsin import config
from tocsin.check.run import own_rules
from tocsin.check.schema import schema
from tocsin.cloudformation.template import Template
from tocsin.findings import Severity

POLICY = [
    {
        "Effect": "Allow",
        "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        "Resource": [QUEUE],
    },
    {
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
        "Resource": [{"Fn::Sub": "arn:aws:dynamodb:us-east-1:${AWS::AccountId}:table/stock-dev"}],
    },
    {"Effect": "Allow", "Action": ["xray:PutTraceSegments"], "Resource": ["*"]},
]


def policies(template, role):
    return {
        policy["PolicyName"]: policy["PolicyDocument"]["Statement"]
        for policy in template["Resources"][role]["Properties"]["Policies"]
    }


def found(declared, change=lambda resources: None):
    """(severity, rule, subject, message) of each finding beyond those of the shipped stack."""
    root, stage, template = declared
    template = copy.deepcopy(template)
    change(template["Resources"])
    return [
        (rule.severity, rule.rule, rule.subject, rule.message)
        for rule in own_rules(root, stage, [Template(template)], kept_in(root))
    ]


def test_what_is_declared_calls_it(declared, of_type) -> None:
    _, _, template = declared
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping")
    (mapping,) = [one for name, one in mappings.items() if name != "BugsStreamMapping"]
    assert mapping["Properties"]["EventSourceArn"] == QUEUE
    assert mapping["Properties"]["BatchSize"] == 5
    (route,) = of_type(template, "AWS::ApiGatewayV2::Route").values()
    assert route["Properties"]["RouteKey"] == "POST /orders"
    (rule,) = of_type(template, "AWS::Events::Rule").values()
    assert rule["Properties"]["ScheduleExpression"] == "rate(5 minutes)"


def test_its_role_grants_what_is_declared_and_no_other_role_does(declared) -> None:
    _, _, template = declared
    assert policies(template, "OrdersRole")["permissions-orders"] == POLICY
    # What its queue needs it has in any case.
    assert policies(template, "OrdersRole")["needed-orders"] == POLICY[:1]
    assert set(policies(template, "PaymentsRole")) == {"error-log", "logs"}


@slow
def test_check_warns_of_every_resource_and_of_nothing_else(declared) -> None:
    assert found(declared) == [
        (
            Severity.WARNING,
            "roles/every-resource",
            "OrdersRole",
            "may xray:PutTraceSegments on every resource, as monitoring.yml declares",
        )
    ]


@deep
def test_cfn_lint_finds_nothing_in_it(declared) -> None:
    _, stage, template = declared
    assert list(schema(stage, [Template(template)])) == []


def orders_policy(resources, name="permissions-orders"):
    (policy,) = (
        policy
        for policy in resources["OrdersRole"]["Properties"]["Policies"]
        if policy["PolicyName"] == name
    )
    return policy["PolicyDocument"]["Statement"]


@slow
def test_a_declared_right_that_is_not_granted_is_named(declared) -> None:
    findings = found(declared, lambda resources: orders_policy(resources).pop(1))
    assert [finding[1:] for finding in findings if finding[0] is Severity.ERROR] == [
        (
            "roles/declared",
            "OrdersRole",
            "does not grant dynamodb:GetItem, dynamodb:PutItem as monitoring.yml declares it",
        )
    ]


def test_a_right_that_nobody_declared_is_judged_as_ever(declared) -> None:
    def widen(resources):
        orders_policy(resources)[1]["Resource"] = "*"

    rules = {finding[1] for finding in found(declared, widen) if finding[0] is Severity.ERROR}
    assert rules == {"roles/declared", "roles/table", "roles/wildcard-resource"}


@slow
def test_a_source_that_the_role_may_not_poll_is_named(declared) -> None:
    def take_away(resources):
        for policy in ("needed-orders", "permissions-orders"):
            orders_policy(resources, policy).pop(0)

    findings = found(declared, take_away)
    assert (
        Severity.ERROR,
        "events/rights",
        "orders-function-dev",
        f"reads from {QUEUE} and may not sqs:DeleteMessage, sqs:GetQueueAttributes, "
        "sqs:ReceiveMessage (its permissions)",
    ) in findings


def test_the_last_word_on_events_and_permissions_is_the_stages(declared) -> None:
    root, _, _ = declared
    file = root / "monitoring.yml"
    before = file.read_text()
    file.write_text(
        before.replace(
            "  dev: {}\n",
            "  dev: {functions: {orders: {events: [], permissions: []}}}\n",
        )
    )
    try:
        orders = config.load(root, "dev").function("orders")
        assert (orders.events, orders.permissions) == ((), ())
        assert len(config.load(root, "prod").function("orders").events) == 3
    finally:
        file.write_text(before)
