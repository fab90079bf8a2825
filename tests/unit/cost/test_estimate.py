"""The bill against figures worked out by hand, and its laws."""

import json
from dataclasses import replace

import boto3
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import DEMO
from tocsin import config
from tocsin.cloudformation.template import Template
from tocsin.cost import Usage, estimate
from tocsin.cost import prices as prices_module
from tocsin.cost.estimate import metrics_of
from tocsin.cost.prices import prices


@pytest.fixture(scope="module")
def stage():
    return config.load(DEMO, "dev")


def lines(found):
    return {line.what: line for line in found.lines}


def test_a_million_calls_of_which_one_in_a_hundred_fails(stage, compiled) -> None:
    found = lines(estimate(stage, Template(compiled("dev")), Usage(1_000_000, 0.01)))
    usd = {what: round(item.usd, 4) for what, item in found.items()}
    # 3 functions: 3 error rates of 2 metrics, latency, throttles; 8 on the monitoring: 32 x 0.10.
    assert usd["metric alarms"] == 3.2
    assert usd["composite alarms"] == 2.0  # 3 functions and the stage
    assert usd["dashboards"] == 3.0
    # 1 m x 800 B and 10,000 x 2,500 B: 0.825 GB; kept for 7 days at 15 %.
    assert usd["log ingest"] == 0.4125
    assert usd["log storage"] == round(0.825 * 0.15 * 7 / 30 * 0.03, 4)
    # 10,000 records of 3 units, in the table and in the index.
    assert usd["error log: writes"] == 0.0375
    assert usd["error log: storage"] == round(0.06 * 0.25, 4)
    assert usd["collector: calls"] == 0.002
    assert usd["collector: compute"] == round(10_000 * 0.025 * 0.0000166667, 4)


def test_the_biggest_lines_say_what_would_lower_them(stage, compiled) -> None:
    found = estimate(stage, Template(compiled("dev")), Usage(1_000_000, 0.01))
    assert [item.what for item in found.biggest] == [
        "metric alarms",
        "dashboards",
        "composite alarms",
    ]
    # Worked out again without the three latency alarms.
    without = json.loads(json.dumps(compiled("dev")))
    without["Resources"] = {
        name: resource
        for name, resource in without["Resources"].items()
        if not name.endswith("LatencyAlarm")
    }
    less = estimate(stage, Template(without), Usage(1_000_000, 0.01))
    assert found.usd - less.usd == pytest.approx(lines(found)["metric alarms"].saving, abs=1e-3)


@pytest.mark.parametrize(
    ("alarm", "count"),
    [
        ({"MetricName": "Errors"}, 1),
        ({"Metrics": [{"Expression": "a/b"}, {"MetricStat": {}}, {"MetricStat": {}}]}, 2),
    ],
)
def test_an_alarm_is_charged_by_the_metrics_it_reads(alarm, count) -> None:
    assert metrics_of(alarm) == count


def test_a_high_resolution_alarm_and_a_key_cost_more(stage) -> None:
    template = {
        "Resources": {
            "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Period": 10}},
            "K": {"Type": "AWS::KMS::Key", "Properties": {}},
        }
    }
    found = lines(estimate(stage, Template(template), Usage(0, 0)))
    assert found["high-resolution alarms"].usd == pytest.approx(0.3)
    assert found["encryption keys"].usd == 1


def test_what_nobody_has_priced_is_listed(stage) -> None:
    template = {"Resources": {"X": {"Type": "AWS::Kinesis::Stream", "Properties": {}}}}
    assert estimate(stage, Template(template), Usage(1, 0)).unpriced == {"AWS::Kinesis::Stream": 1}


def test_nothing_of_the_shipped_stack_is_unpriced(stage, compiled) -> None:
    assert estimate(stage, Template(compiled("dev")), Usage(1, 0)).unpriced == {}


@given(
    calls=st.floats(0, 1e10), more=st.floats(1, 10), rate=st.floats(0, 0.5), worse=st.floats(1, 2)
)
def test_more_calls_or_more_failures_never_cost_less(
    stage, compiled, calls, more, rate, worse
) -> None:
    template = compiled("dev")
    base = estimate(stage, Template(template), Usage(calls, rate)).usd
    assert estimate(stage, Template(template), Usage(calls * more, rate)).usd >= base
    assert estimate(stage, Template(template), Usage(calls, rate * worse)).usd >= base


def test_without_failures_the_error_log_costs_nothing(stage, compiled) -> None:
    found = lines(estimate(stage, Template(compiled("dev")), Usage(1e9, 0)))
    assert sum(item.usd for what, item in found.items() if what.startswith("error log")) == 0


def test_longer_retention_costs_more(stage, compiled) -> None:
    template, usage = compiled("dev"), Usage(1e9, 0.01)
    kept = {"log_retention_days": 90, "error_retention_days": 90}
    longer = replace(stage, settings=stage.settings.model_copy(update=kept))
    assert (
        estimate(longer, Template(template), usage).usd
        > estimate(stage, Template(template), usage).usd
    )


def test_every_region_that_is_listed_is_one_of_aws_and_its_prices_have_known_names() -> None:
    listed = yaml.safe_load(prices_module.FILE.read_text(encoding="utf-8"))["regions"]
    known = {
        region for partition in ("aws", "aws-cn", "aws-us-gov")
        for region in boto3.Session().get_available_regions("lambda", partition)
    }  # fmt: skip
    for region in listed:
        assert region in known
        assert prices(region).region == region


def test_another_regions_prices_lie_over_the_files_own(tmp_path, monkeypatch) -> None:
    document = yaml.safe_load(prices_module.FILE.read_text())
    file = tmp_path / "prices.yml"
    file.write_text(yaml.safe_dump(document | {"regions": {"eu-test-1": {"kmsKey": 7.0}}}))
    monkeypatch.setattr(prices_module, "FILE", file)
    charged = prices.__wrapped__
    assert (charged("eu-test-1").kms_key, charged("eu-test-1").region) == (7.0, "eu-test-1")
    assert charged("eu-test-1").dashboard == charged().dashboard
    assert charged("eu-test-2") == charged() == charged("us-east-1")


def test_prices_have_a_date() -> None:
    assert prices().date.year >= 2026
