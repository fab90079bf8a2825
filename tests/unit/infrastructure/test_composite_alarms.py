"""Composite alarms, as compiled: people are paged once, by what is worth it."""

import pytest
import yaml

from tests.conftest import copy_project, read_yaml, slow
from tocsin import config
from tocsin.check.paging_rules import paging as find
from tocsin.cloudformation.merged import whole
from tocsin.cloudformation.template import Template
from tocsin.cloudwatch import parse_rule
from tocsin.packaging.render import render
from tocsin.stacks import stacks_of
from tocsin.stacks.composite_alarms import Health

FUNCTIONS = ("orders", "payments", "notifications")


def composite(template, name):
    (found,) = [
        resource
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::CompositeAlarm"
        and resource["Properties"]["AlarmName"] == name
    ]
    return found


def children(resource):
    return set(parse_rule(resource["Properties"]["AlarmRule"]).children)


def names_of(template, logical_ids):
    return {
        template["Resources"][logical_id]["Properties"]["AlarmName"] for logical_id in logical_ids
    }


def loaded(project, **settings):
    """The stage dev of monitoring.yml with these settings at the top."""
    file = project / "monitoring.yml"
    document = read_yaml(file.read_text())
    for key, value in settings.items():
        document[key] = {**document.get(key, {}), **value} if isinstance(value, dict) else value
    file.write_text(yaml.safe_dump(document))
    return config.load(project, "dev")


def changed(project, **settings):
    """What that stage's serverless.yml brings of resources; osls adds to them and changes none."""
    (file,) = render(project, loaded(project, **settings))
    return yaml.load(file.read_text(), Loader=yaml.CSafeLoader)["resources"]


def test_a_function_has_one_over_its_alarms_that_page(dev) -> None:
    for key in FUNCTIONS:
        health = composite(dev, f"{key}-health-alarm-dev")
        assert children(health) == {
            f"{key}-{variant}-alarm-dev"
            for variant in ("error-rate", "error-rate-5m", "error-rate-15m", "throttles")
        }
        assert "AlarmActions" not in health["Properties"]
        assert health["Properties"]["ActionsEnabled"] is False


def test_the_stage_has_one_over_the_functions_and_the_monitoring_and_it_pages(dev) -> None:
    health = composite(dev, "health-alarm-dev")
    assert {f"{key}-health-alarm-dev" for key in FUNCTIONS} < children(health)
    assert {"error-log-failures-alarm-dev", "delivery-pages-alarm-dev"} < children(health)
    for key in ("AlarmActions", "OKActions"):
        assert health["Properties"][key] == [{"Ref": "PagesTopic"}]
    assert health["Properties"]["ActionsEnabled"] is True


def test_each_comes_after_the_alarms_it_looks_at(dev) -> None:
    """CloudWatch refuses a rule on an alarm that is not there yet."""
    for resource in dev["Resources"].values():
        if resource["Type"] == "AWS::CloudWatch::CompositeAlarm":
            assert names_of(dev, resource["DependsOn"]) == children(resource)


OPT_IN = {
    "timeoutCloseness": {"enabled": True},
    "concurrency": {"enabled": True, "threshold": 40},
    "iteratorAge": {"enabled": True},
    "deadLetterDepth": {"enabled": True, "queue": "orders-dead-letters"},
}


@pytest.fixture(scope="module")
def all_tickets(tmp_path_factory):
    """The template with every kind of alarm, none of which pages."""
    project = copy_project(tmp_path_factory.mktemp("tickets") / "a project")
    quiet = {kind: {"severity": "ticket"} for kind in ("errorRate", "throttles")}
    return changed(project, alarms={**OPT_IN, **quiet})


def test_a_ticket_wakes_nobody(all_tickets) -> None:
    stage = children(composite(all_tickets, "health-alarm-dev"))
    assert not {f"{key}-health-alarm-dev" for key in FUNCTIONS} & stage
    assert "error-log-failures-alarm-dev" in stage


def test_paging_by_function_pages_for_each_and_for_the_monitoring(project) -> None:
    template = changed(project, paging="function")
    for key in FUNCTIONS:
        health = composite(template, f"{key}-health-alarm-dev")
        assert health["Properties"]["AlarmActions"] == [{"Ref": "PagesTopic"}]
    stage = composite(template, "health-alarm-dev")
    assert not {f"{key}-health-alarm-dev" for key in FUNCTIONS} & children(stage)
    assert stage["Properties"]["AlarmActions"] == [{"Ref": "PagesTopic"}]


def test_a_deploy_is_undone_by_what_pages_of_the_stack_which_gathers_it_and_tells_nobody(
    dev, project
) -> None:
    with pytest.raises(ValueError, match="not enough values"):
        composite(dev, "health-1-alarm-dev")
    template = changed(project, paging="function", rollback={"enabled": True})
    health = composite(template, "health-1-alarm-dev")
    assert children(health) == {f"{key}-health-alarm-dev" for key in FUNCTIONS}
    assert health["Properties"]["ActionsEnabled"] is False
    assert "AlarmActions" not in health["Properties"]


@slow
@pytest.mark.parametrize("paging", ["stage", "function"])
@pytest.mark.parametrize("payments", [1, 2])
def test_the_alarm_that_undoes_a_deploy_is_in_the_stack_that_it_undoes(
    project, paging, payments
) -> None:
    (project / "stacks.lock.yml").write_text(f"payments: {payments}\n")
    stage = loaded(project, paging=paging, rollback={"enabled": True})
    templates = [read_yaml(file.read_text())["resources"] for file in render(project, stage)]
    undoing = {
        stack.name: composite(template, name)["Properties"]["AlarmName"]
        for stack, template in zip(stacks_of(stage), templates, strict=True)
        if (name := Health(stack).rollback_alarm)
    }
    one = "health-alarm-dev" if paging == "stage" else "health-1-alarm-dev"
    assert undoing == (
        {"tocsin-dev": one}
        if payments == 1
        else {"tocsin-dev": "health-1-alarm-dev", "tocsin-2-dev": "health-2-alarm-dev"}
    )
    assert list(find(stage, whole(stage, [Template(template) for template in templates]))) == []


OPT_IN_KINDS = ("timeout-closeness", "concurrency", "iterator-age", "dead-letter-depth")


def of_orders(template):
    """The metric alarms of orders by kind."""
    return {
        resource["Properties"]["AlarmName"].removeprefix("orders-").removesuffix("-alarm-dev"): (
            resource["Properties"]
        )
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and name.startswith("Orders")
    }


def test_nobody_gets_an_opt_in_alarm_unasked(dev) -> None:
    assert set(of_orders(dev)) == {
        *("error-rate", "error-rate-5m", "error-rate-15m", "latency", "throttles")
    }


def test_opt_in_alarms_are_there_once_asked_for(all_tickets) -> None:
    found = of_orders(all_tickets)
    assert {
        kind: (found[kind]["MetricName"], found[kind]["Statistic"], found[kind]["Threshold"])
        for kind in OPT_IN_KINDS
    } == {
        "timeout-closeness": ("Duration", "Maximum", 4_800),  # 80 % of 6 s
        "concurrency": ("ConcurrentExecutions", "Maximum", 40),
        "iterator-age": ("IteratorAge", "Maximum", 60_000),
        "dead-letter-depth": ("ApproximateNumberOfMessagesVisible", "Maximum", 0),
    }
    for kind in OPT_IN_KINDS:
        assert found[kind]["AlarmActions"] == [{"Ref": "AlertsTopic"}]
        assert found[kind]["TreatMissingData"] == "notBreaching"
