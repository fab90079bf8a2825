"""The registry: one file a kind, and whoever reads it can rely on what each says of itself."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic.alias_generators import to_camel

from tests.conftest import ROOT
from tocsin.alarms import KINDS, kinds
from tocsin.cloudwatch import Metric as AnyMetric
from tocsin.config import Function
from tocsin.config.alarm_overrides import Alarms
from tocsin.config.drill_settings import DrillEvents
from tocsin.dashboards.function_rows import row
from tocsin.scenarios.aws_metrics import aws_metrics

FUNCTION = Function(
    key="orders",
    name="orders-function-dev",
    timeout=6,
    drill=DrillEvents(),
    alarm_settings={name: kind.settings.model_validate({}) for name, kind in KINDS.items()},
    reserved_concurrency=10,
    description="",
    handler="handler.handler",
    source=Path(),
    memory=256,
    environment={},
    keys={key: {"some": "value"} for key in ("onError", "destinations", "durableConfig")},
    events=(
        {"schedule": "rate(1 hour)"},
        {"httpApi": "*"},
        {"sqs": "arn:aws:sqs:eu-west-1:123456789012:orders"},
        {"stream": "arn:aws:kinesis:eu-west-1:123456789012:stream/orders"},
    ),
)
"""A function with the built-in settings of every kind."""


def with_queue(function: Function) -> Function:
    dead_letters = KINDS["dead-letter-depth"].settings.model_validate({"queue": "dead-letters"})
    settings = {**function.alarm_settings, "dead-letter-depth": dead_letters}
    return replace(function, alarm_settings=settings)


def test_each_file_is_a_kind_of_its_own_name() -> None:
    files = {file.stem for file in Path(kinds.__path__[0]).glob("[a-z]*.py")}
    assert files == {kind.field for kind in KINDS.values()}
    assert {"error-rate", "latency", "throttles"} <= KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_all_that_its_readers_need(kind) -> None:
    definition = KINDS[kind].definitions(with_queue(FUNCTION), "dev", "dev")[0]
    assert definition.name == f"orders-{kind}-alarm-dev"
    assert definition.reads
    assert definition.what
    assert definition.threshold >= 0
    # Metric math names what it reads; one metric needs no names.
    assert bool(definition.expression) == (len(definition.reads) > 1)
    for read in definition.reads:
        assert not definition.expression or re.search(rf"\b{read.id}\b", definition.expression)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_reads_metrics_that_exist(kind) -> None:
    for read in KINDS[kind].reads(with_queue(FUNCTION)):
        assert AnyMetric(read.namespace, read.metric, tuple(sorted(read.dimensions.items())))
        if read.namespace == "AWS/Lambda":
            assert read.metric in aws_metrics().namespaces["AWS/Lambda"].metrics
            assert read.dimensions == {"FunctionName": FUNCTION.name}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_its_key_its_section_in_the_runbook_and_its_row_in_the_docs(kind) -> None:
    key = to_camel(KINDS[kind].field)
    given = Alarms.model_validate({key: {"enabled": True}})
    assert getattr(given, KINDS[kind].field).enabled is True
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert kind in {heading.lower().replace(" ", "-") for heading in headings}
    assert f"\n| `{kind}` |" in (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")


def test_what_a_kind_lacks_is_asked_for_by_its_key() -> None:
    bare = replace(FUNCTION, reserved_concurrency=None, events=())
    lacking = {
        (name, lack.key, lack.found) for name, kind in KINDS.items() for lack in kind.lacking(bare)
    }
    assert lacking == {
        ("concurrency", "threshold", "nothing"),
        ("dead-letter-depth", "queue", "nothing"),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_enabled_kind_compares_is_on_the_dashboard(kind, stage) -> None:
    function = with_queue(FUNCTION)
    enabled = function.alarm_settings[kind].model_copy(update={"enabled": True})
    others = {
        name: settings.model_copy(update={"enabled": False})
        for name, settings in function.alarm_settings.items()
    }
    function = replace(function, alarm_settings={**others, kind: enabled})
    drawn = [
        annotation["value"]
        for widget in row(stage, function).widgets
        for annotation in widget.properties.get("annotations", {}).get("horizontal", ())
        if annotation["label"].startswith("alarm: ")
    ]
    assert drawn == [KINDS[kind].threshold(function)]
