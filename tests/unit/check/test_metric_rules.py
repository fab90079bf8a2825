"""An alarm on a project's own metric is held against what the code that emits it says."""

import ast
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.check.metric_rules import OF_THE_MONITORING, metrics, texts_of
from tocsin.cloudformation.template import Template
from tocsin.packaging.artifact_paths import build_folder, function_artifact
from tocsin.scenarios import alarms_of

NAMESPACE = "Shop"
ADDS = 'metrics.add_metric(name={}, unit="Count", value=1)'


def _says(text: str, name: str) -> bool:
    return texts_of([ast.parse(text)]).may_name(name)


@pytest.mark.parametrize(
    ("text", "name", "may_be"),
    [
        (ADDS.format('"OrdersPlaced"'), "OrdersPlaced", True),
        (ADDS.format('"OrdersPlaced"'), "OrderPlaced", False),
        ('metrics.add_metric("OrdersPlaced", "Count", 1)', "OrderPlaced", False),
        # A constant, of a module or an enumeration.
        (f'PLACED = "OrdersPlaced"\n{ADDS.format("PLACED")}', "OrderPlaced", False),
        (f'class M(Enum):\n  A: str = "OrdersPlaced"\n{ADDS.format("M.A.value")}', "Placed", False),
        (f'class M(Enum):\n  A = "OrdersPlaced"\n{ADDS.format("M.A")}', "OrdersPlaced", True),
        # A name that comes from elsewhere may be any.
        (ADDS.format("name"), "OrderPlaced", True),
        (ADDS.format("event['metric']"), "OrderPlaced", True),
        (ADDS.format('"Orders" + state'), "OrderPlaced", True),
        ("metrics.add_metric(*names)", "OrderPlaced", True),
        ("metrics.add_metric(**metric)", "OrderPlaced", True),
        ('with single_metric(name=given, value=1) as m: pass', "OrderPlaced", True),
        ('cloudwatch.put_metric_data(MetricData=[{"MetricName": given}])', "OrderPlaced", True),
        ('cloudwatch.put_metric_data(MetricData=[{"MetricName": "Orders"}])', "Order", False),
        # An f-string may make what has its pieces in their order.
        (ADDS.format('f"Orders{state}"'), "OrdersPlaced", True),
        (ADDS.format('f"{kind}Placed"'), "OrdersPlaced", True),
        (ADDS.format('f"{a}Plac{b}ed{c}"'), "OrdersPlaced", True),
        (ADDS.format('f"{a}ced{b}Plac{c}"'), "OrdersPlaced", False),
        (ADDS.format('f"Orders{state}"'), "RefundsPlaced", False),
        (ADDS.format('f"aaa{a}aaa"'), "aaaaa", False),  # one letter is not in both pieces
        (ADDS.format('f"{state}"'), "OrdersPlaced", True),
        ('log(f"{order}")', "OrdersPlaced", False),  # this is no metric's name
        # What a library adds by itself.
        ("@metrics.log_metrics(capture_cold_start_metric=True)\ndef f(): pass", "ColdStart", True),
        ("@metrics.log_metrics\ndef f(): pass", "ColdStart", False),
        # A library's metric by its own embedded format.
        ('print({"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "Orders"}]}]}})', "Orders",
         True),
    ],
)  # fmt: skip
def test_a_text_of_the_code_may_be_a_metrics_name(text, name, may_be) -> None:
    assert _says(text, name) is may_be


def test_a_name_is_looked_for_in_time_linear_in_it() -> None:
    pieces = "{a}" + "a{a}" * 120
    assert not _says(ADDS.format(f'f"{pieces}b"'), "a" * 100_000)


def _alarm(name: str, **metric: Any) -> dict[str, Any]:
    properties = {
        "AlarmName": name, "Namespace": NAMESPACE, "MetricName": "OrderPlaced",
        "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [],
        **metric,
    }  # fmt: skip
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}


def _function(name: str, namespace: object = NAMESPACE) -> dict[str, Any]:
    variables = {"POWERTOOLS_METRICS_NAMESPACE": namespace}
    properties = {"FunctionName": name, "Environment": {"Variables": variables}}
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


ORDERS = "orders-function-dev"
CODE = 'metrics.add_metric(name="OrdersPlaced", unit="Count", value=1)\n'


def _findings(tmp_path: Path, code: str = CODE, **resources: Any) -> list[str]:
    """Of a project whose one function has this code, and whose alarm is on ``OrderPlaced``."""
    source = tmp_path / "functions" / "orders"
    source.mkdir(parents=True)
    (source / "handler.py").write_text(code)
    stage = config.load(DEMO, "dev")
    stage = replace(stage, functions=(replace(stage.function("orders"), source=source),))
    archive = build_folder(tmp_path, stage) / function_artifact("orders")
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("handler.py", "")
        opened.writestr("vendored.py", "")
    template = Template({"Resources": {"A": _alarm("few"), "F": _function(ORDERS), **resources}})
    found = list(metrics(tmp_path, stage, template, alarms_of(template)))
    return [f"{finding.severity} {finding.subject}: {finding.message}" for finding in found]


def test_an_alarm_on_what_no_code_names_is_a_warning(tmp_path) -> None:
    (finding,) = _findings(tmp_path)
    assert finding == (
        "warning few: Shop OrderPlaced{}: the code of orders, which emits into this namespace, has "
        "no such name; it has Count, OrdersPlaced"
    )


FILTER = {
    "Type": "AWS::Logs::MetricFilter",
    "Properties": {
        "MetricTransformations": [
            {"MetricNamespace": NAMESPACE, "MetricName": "OrderPlaced", "MetricValue": "1"}
        ]
    },
}


@pytest.mark.parametrize(
    ("code", "resources"),
    [
        ('metrics.add_metric(name="OrderPlaced")', {}),
        ("def broken(", {}),  # Python itself will say so
        (CODE, {"Filter": FILTER}),
        (CODE, {"F": _function(ORDERS, "Other")}),
        (CODE, {"F": _function(ORDERS, {"Ref": "Namespace"})}),
        # Another function emits into it, whose code is not at hand.
        (CODE, {"Other": _function("images")}),
        (CODE, {"A": _alarm("few", Namespace="AWS/Lambda")}),
        (CODE, {"A": _alarm("few", Namespace="Elsewhere")}),
        (CODE, {"A": _alarm("few", MetricName="FailedAnswers")}),
    ],
)
def test_nothing_is_said_of_what_may_be_emitted(tmp_path, code, resources) -> None:
    assert _findings(tmp_path, code, **resources) == []


def test_a_namespace_that_stands_in_the_code_counts_and_the_own_functions_do_not(tmp_path) -> None:
    code = f'metrics = Metrics(namespace="{NAMESPACE}")\n{CODE}'
    own = {"F": _function(ORDERS, "Other"), "Collector": _function("collector-function-dev")}
    (finding,) = _findings(tmp_path, code, **own)
    assert "the code of orders," in finding


def test_the_metrics_of_the_monitoring_are_those_that_it_emits() -> None:
    root = Path(__file__).parents[3]
    said = [
        ast.parse(file.read_text())
        for package in ("errorlog", "collector")
        for file in sorted((root / package).glob("*.py"))
    ]
    assert texts_of(said).texts >= OF_THE_MONITORING
