"""The dashboard as compiled; what is on it is tested in tests/unit/dashboards."""

import json

import pytest

from tests.conftest import DEMO
from tocsin import config, names, product
from tocsin.check.dashboard_rules import dashboards as findings
from tocsin.check.dashboard_rules import functions_shown
from tocsin.cloudformation.template import Template
from tocsin.dashboards import dashboards, graphed_metrics


@pytest.mark.parametrize("stage_name", ["dev", "prod"])
def test_the_template_holds_the_stages_dashboards(compiled, of_type, stage_name) -> None:
    stage = config.load(DEMO, stage_name)
    found = {
        logical_id: (
            resource["Properties"]["DashboardName"],
            json.loads(resource["Properties"]["DashboardBody"]["Fn::Sub"]),
        )
        for logical_id, resource in of_type(
            compiled(stage_name), "AWS::CloudWatch::Dashboard"
        ).items()
    }
    assert found == {
        dashboard.logical_id: (dashboard.name, dashboard.body)
        for dashboard in dashboards(stage, stage.groups)
    }


def test_every_alarm_of_the_template_has_its_state_on_the_dashboard(dev, of_type) -> None:
    body = json.loads(
        dev["Resources"]["MonitoringDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    )
    shown = {
        arn.partition(":alarm:")[2]
        for widget in body["widgets"]
        for arn in widget["properties"].get("alarms", [])
    }
    assert shown == {
        alarm["Properties"]["AlarmName"]
        for alarm in of_type(dev, "AWS::CloudWatch::Alarm").values()
    }


def test_what_the_health_graphs_read_is_deployed(dev, of_type) -> None:
    """A metric of a misspelt resource would be an empty graph for good."""
    body = json.loads(
        dev["Resources"]["MonitoringDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    )
    read = {
        (dimension, value)
        for widget in body["widgets"]
        for metric in graphed_metrics.read(widget["properties"].get("metrics", []))
        if isinstance(metric, graphed_metrics.GraphedMetric)
        for dimension, value in metric.dimensions.items()
        if dimension in ("TableName", "QueueName", "TopicName")
    }
    assert read == {
        (key, resource["Properties"][key])
        for kind, key in (
            ("AWS::DynamoDB::Table", "TableName"),
            ("AWS::SQS::Queue", "QueueName"),
            ("AWS::SNS::Topic", "TopicName"),
        )
        for name, resource in of_type(dev, kind).items()
        if name != "BugsTable"
    }


def test_the_check_has_no_finding_and_sees_every_function(dev) -> None:
    assert list(findings(Template(dev))) == []
    own = {names.function(own, "dev") for own in product.LAMBDAS}
    assert functions_shown(Template(dev)) - own == {
        f"{key}-function-dev" for key in ("orders", "payments", "notifications")
    }
