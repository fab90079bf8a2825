"""Whom an alarm tells, and what wakes somebody: each fault is named."""

import json

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.check.paging_rules import paging
from tocsin.cloudformation.template import Template

RATE = "OrdersErrorRateAlarm"


@pytest.fixture
def template(compiled):
    return json.loads(json.dumps(compiled("dev")))


@pytest.fixture(scope="module")
def stage():
    return config.load(DEMO, "dev")


def test_the_shipped_stack_has_no_finding(stage, template) -> None:
    assert list(paging(stage, Template(template))) == []


def without(key):
    return lambda resource: resource["Properties"].pop(key)


def put(key, value):
    return lambda resource: resource["Properties"].__setitem__(key, value)


FAULTS = [
    (RATE, without("OKActions"), "orders-error-rate-alarm-dev", "OKActions does not name the Al"),
    (RATE, put("AlarmActions", [{"Ref": "PagesTopic"}]), "orders-error-rate-alarm-dev", "AlarmAc"),
    (RATE, put("ActionsEnabled", False), "orders-error-rate-alarm-dev", "ActionsEnabled is false"),
    (RATE, put("AlarmName", "x"), "orders-error-rate-alarm-dev", "it is not in the template"),
    ("OrdersHealthAlarm", put("AlarmRule", "TRUE"), "orders-health-alarm-dev", "does not look at"),
    ("OrdersHealthAlarm", put("AlarmRule", "("), "orders-health-alarm-dev", "("),
    ("StageHealthAlarm", without("AlarmActions"), "health-alarm-dev", "not name the PagesTopic"),
    (
        "StageHealthAlarm",
        put("AlarmRule", 'ALARM("orders-latency-alarm-dev")'),
        "health-alarm-dev",
        "looks at orders-latency-alarm-dev, which pages nobody",
    ),
    (
        "CollectorErrorsAlarm",
        put("AlarmActions", []),
        "collector-errors-alarm-dev",
        "AlarmActions does not name the AlertsTopic",
    ),
]


@pytest.mark.parametrize(("logical_id", "break_it", "subject", "message"), FAULTS)
def test_a_fault_is_named(stage, template, logical_id, break_it, subject, message) -> None:
    break_it(template["Resources"][logical_id])
    found = list(paging(stage, Template(template)))
    assert {finding.subject for finding in found} == {subject}
    assert any(message in finding.message for finding in found)


@pytest.mark.parametrize(
    ("logical_id", "subject"),
    [("OrdersHealthAlarm", "orders-health-alarm-dev"), ("StageHealthAlarm", "health-alarm-dev")],
)
def test_a_composite_alarm_that_is_not_there_is_named(stage, template, logical_id, subject) -> None:
    del template["Resources"][logical_id]
    assert {finding.subject for finding in paging(stage, Template(template))} == {subject}
