"""`check`: take one part away from a whole stack, and it is named."""

import copy
import json
import subprocess
from dataclasses import replace

import pytest

from tests.conftest import DEMO, SHARED, deep, slow
from tocsin import config
from tocsin.check import check
from tocsin.check.completeness import completeness
from tocsin.check.dashboard_rules import dashboards
from tocsin.check.name_rules import stage_names
from tocsin.cloudformation.template import Template
from tocsin.findings import Severity

ORDERS_ALARM = "AWS/Lambda {} of orders-function-dev"


@pytest.fixture(scope="module")
def stage():
    return config.load(DEMO, "dev")


@pytest.fixture
def findings_of(compiled, stage):
    """``findings_of(change)``: what our own rules say of the dev template after ``change``."""

    def run(change):
        template = copy.deepcopy(compiled("dev"))
        change(template["Resources"])
        changed = Template(template)
        return [*completeness(stage, changed), *stage_names(stage, changed)]

    return run


@pytest.fixture
def dev_template(compiled):
    return copy.deepcopy(compiled("dev"))


@pytest.fixture
def errors_of(compiled, stage, tmp_path):
    """The same of the whole check, cfn-lint included."""

    def run(change=lambda resources: None):
        template = copy.deepcopy(compiled("dev"))
        change(template["Resources"])
        file = tmp_path / "template.json"
        file.write_text(json.dumps(template))
        return [
            finding for finding in check(DEMO, stage, file) if finding.severity is Severity.ERROR
        ]

    return run


@deep
def test_the_shipped_stack_has_no_error(errors_of) -> None:
    assert errors_of() == []


@deep
def test_a_stack_with_a_shared_role_has_no_error(compiled, compiled_project, tmp_path) -> None:
    file = tmp_path / "template.json"
    file.write_text(json.dumps(compiled(SHARED)))
    found = check(compiled_project, config.load(compiled_project, SHARED), file)
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


def _delete(*names):
    return lambda resources: [resources.pop(name) for name in names]


def _set(path, value):
    def change(resources):
        *parents, last = path
        node = resources
        for parent in parents:
            node = node[parent]
        if value is None:
            del node[last]
        else:
            node[last] = value

    return change


FUNCTION = ("OrdersLambdaFunction", "Properties")

MISSING = [
    (_delete("OrdersErrorRateAlarm"), "completeness/alarm", "no error-rate alarm"),
    (_delete("OrdersLatencyAlarm"), "completeness/alarm", "no latency alarm"),
    (_delete("OrdersThrottlesAlarm"), "completeness/alarm", "no throttles alarm"),
    (
        _set(
            ("OrdersThrottlesAlarm", "Properties", "Dimensions"),
            [{"Name": "FunctionName", "Value": "order-function-dev"}],
        ),
        "completeness/alarm",
        "no throttles alarm",
    ),
    (_set((*FUNCTION, "Layers"), []), "completeness/layer", "layer is not attached"),
    (_delete("OrdersLogGroup"), "completeness/log-group", "no log group"),
    (
        _set(("OrdersLogGroup", "Properties", "RetentionInDays"), None),
        "completeness/log-retention",
        "forever",
    ),
    (
        _delete("OrdersCollectorSubscription"),
        "completeness/subscription",
        "no subscription of /aws/lambda/orders-function-dev to collector-function-dev",
    ),
    (
        _set(
            ("OrdersCollectorSubscription", "Properties", "LogGroupName"),
            {"Ref": "PaymentsLogGroup"},
        ),
        "completeness/subscription",
        "no subscription",
    ),
    (
        _set(
            ("OrdersCollectorSubscription", "Properties", "DestinationArn"),
            {"Fn::GetAtt": ["PaymentsLambdaFunction", "Arn"]},
        ),
        "completeness/subscription",
        "no subscription",
    ),
    (_delete("MonitoringDashboard"), "completeness/dashboard", "no graph"),
    (_set((*FUNCTION, "FunctionName"), "x-function-dev"), "completeness/function", "named orders"),
    (_set((*FUNCTION, "Role"), "arn:aws:iam::1:role/other"), "completeness/role", "not one of"),
]


@pytest.mark.parametrize(("change", "rule", "message"), MISSING)
def test_a_part_that_a_function_lacks_is_named(findings_of, change, rule, message) -> None:
    found = [finding for finding in findings_of(change) if finding.rule == rule]
    assert [finding.subject for finding in found if message in finding.message][:1] == ["orders"]


NAMES = [
    (("OrdersLatencyAlarm", "Properties", "AlarmName"), "orders-latency", "does not end with -dev"),
    (("OrdersLatencyAlarm", "Properties", "AlarmName"), None, "AWS would make one up"),
    (("OrdersRole", "Properties", "RoleName"), "r" * 61 + "-dev", "65 characters, at most 64"),
    (
        ("OrdersLatencyAlarm", "Properties", "AlarmName"),
        "orders-throttles-alarm-dev",
        "is also that of",
    ),
]


@pytest.mark.parametrize(("path", "value", "message"), NAMES)
def test_a_name_that_could_collide_is_an_error(findings_of, path, value, message) -> None:
    found = [
        finding.message for finding in findings_of(_set(path, value)) if finding.rule == "names"
    ]
    assert any(message in text for text in found)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (None, []),
        ("parcels-dev", []),
        ("parcels-dev.fifo", []),
        ({"Fn::Sub": "${AWS::StackName}-parcels"}, []),
        ({"Fn::Join": ["", ["parcels-dev", ".fifo"]]}, []),
        ("parcels-dev-topic", []),
        ("dev_parcels", []),
        ("parcels.fifo", ["does not name the stage"]),
        ("device-parcels", ["does not name the stage"]),
        ({"Ref": "NameOfQueue"}, ["is not given"]),
    ],
)
def test_a_queue_of_the_projects_own_may_be_named_by_aws(findings_of, name, found) -> None:
    properties = {"SqsManagedSseEnabled": True, **({"QueueName": name} if name else {})}
    queue = {"Type": "AWS::SQS::Queue", "Properties": properties}
    said = [
        finding.message
        for finding in findings_of(lambda resources: resources.update(Parcels=queue))
        if finding.subject == "Parcels"
    ]
    assert [text for text, expected in zip(said, found, strict=True) if expected not in text] == []


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::SNS::Topic", {}),
        ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {}}),
        ("AWS::Logs::LogGroup", {"RetentionInDays": 7}),
        ("AWS::Lambda::LayerVersion", {"Content": {"S3Bucket": "fonts", "S3Key": "fonts.zip"}}),
    ],
)
def test_what_is_of_the_projects_own_may_be_named_by_aws(findings_of, kind, properties) -> None:
    own = {"Type": kind, "Properties": properties}
    found = findings_of(lambda resources: resources.update(Shop=own))
    assert [finding for finding in found if finding.subject == "Shop"] == []


@pytest.mark.parametrize(
    ("logical_id", "key"),
    [
        ("AlertsTopic", "TopicName"),
        ("PagesTopic", "TopicName"),
        ("ErrorlogLambdaLayer", "LayerName"),
        ("OrdersLogGroup", "LogGroupName"),
        ("CollectorLogGroup", "LogGroupName"),
        *((f"{function}Role", "RoleName") for function in ("Orders", "Collector", "Bugs", "Drill")),
    ],
)
def test_the_products_own_is_found_by_its_name(findings_of, logical_id, key) -> None:
    found = findings_of(_set((logical_id, "Properties", key), None))
    assert [finding.message for finding in found if finding.subject == logical_id] == [
        f"{key} is not given: AWS would make one up"
    ]


@slow
def test_what_cloudformation_would_refuse_is_found_before_it_does(errors_of) -> None:
    found = errors_of(_set(("ErrorLogTable", "Properties", "BillingMode"), "FREE"))
    assert {finding.rule[:10] for finding in found} == {"cfn-lint/E"}, "and nothing else is wrong"


DASHBOARD = ("MonitoringDashboard", "Properties", "DashboardBody")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "DashboardBody is not JSON as text"),
        ({"Ref": "AWS::StackName"}, "DashboardBody is not JSON as text"),
        ('{"widgets": [{"type": "graph", "properties": {}}]}', "widgets[0].type: found 'graph'"),
    ],
)
def test_a_dashboard_that_cloudwatch_would_not_show_is_named(dev_template, body, message) -> None:
    _set(DASHBOARD, body)(dev_template["Resources"])
    (found,) = dashboards(Template(dev_template))
    assert (found.rule, found.subject) == ("dashboard", "MonitoringDashboard")
    assert message in found.message


def test_the_code_of_each_function_is_looked_at(compiled, stage, tmp_path) -> None:
    """Whether record_errors is around its handler, and whether errorlog is the layer's."""
    (tmp_path / "handler.py").write_text("def handler(event, context): ...")
    (tmp_path / "errorlog.py").touch()
    functions = [replace(function, source=tmp_path) for function in stage.functions]
    found = completeness(replace(stage, functions=functions), Template(compiled("dev")))
    rules = [(finding.rule, finding.subject) for finding in found]
    for rule in ("completeness/wrapper", "completeness/shadow"):
        assert sorted(of for by, of in rules if by == rule) == [
            "notifications",
            "orders",
            "payments",
        ]


def test_a_function_that_is_only_part_of_a_total_is_not_shown(findings_of) -> None:
    """Its graphs go; that its calls are counted in the numbers on top stays."""

    def change(resources):
        body = json.loads(
            resources["MonitoringDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        )
        body["widgets"] = [
            widget
            for widget in body["widgets"]
            if not widget["properties"].get("title", "").startswith("orders:")
        ]
        _set((*DASHBOARD, "Fn::Sub"), json.dumps(body))(resources)

    found = [finding for finding in findings_of(change) if finding.rule == "completeness/dashboard"]
    assert [finding.subject for finding in found] == ["orders"]


@slow
def test_a_stacks_lock_that_nobody_else_has_is_a_warning(
    project, compiled, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("tocsin.check.run.schema", lambda *_: [])  # cfn-lint has no say in it
    file = tmp_path / "template.json"
    file.write_text(json.dumps(compiled("dev")))
    (project / "stacks.lock.yml").write_text("orders: 1\n")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)  # noqa: S607
    found = check(project, config.load(project, "dev"), file)
    (warning,) = [finding for finding in found if finding.rule == "stacks-lock"]
    assert (warning.severity, warning.subject) == (Severity.WARNING, "stacks.lock.yml")
