"""The demo functions do their work, fail on demand, and record what they raise."""

import importlib.util
import json
import sys

import pytest

from tests.conftest import DEMO

FUNCTIONS = DEMO / "functions"
KEYS = ["orders", "payments", "notifications"]
RAISED = {"orders": "OutOfStock", "payments": "PaymentFailed", "notifications": "DeliveryFailed"}


class Context:
    function_name = "demo-function-dev"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:demo-function-dev"
    memory_limit_in_mb = "256"
    aws_request_id = "3f2b1c9e-0000-4000-8000-000000000001"
    log_group_name = "/aws/lambda/demo-function-dev"
    log_stream_name = "stream"

    def get_remaining_time_in_millis(self) -> int:
        return 6_000


@pytest.fixture
def function(monkeypatch):
    """``function("orders")``: its handler, loaded from a folder as its archive has it."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "shop")
    monkeypatch.delenv("ERROR_LOG_TABLE", raising=False)  # the records go to the log
    monkeypatch.delenv("SIMULATED_ERROR_RATE", raising=False)
    monkeypatch.setenv("SIMULATED_LATENCY_MS", "0")
    loaded = []

    def load(key: str):
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", key)
        for folder in (FUNCTIONS / "_shared", FUNCTIONS / key):
            monkeypatch.syspath_prepend(str(folder))
            loaded.extend(file.stem for file in folder.glob("*.py"))
        spec = importlib.util.spec_from_file_location("handler", FUNCTIONS / key / "handler.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.handler

    yield load
    for name in loaded:
        sys.modules.pop(name, None)


def lines(capfd) -> list[dict]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


@pytest.mark.parametrize("key", KEYS)
def test_it_succeeds_on_demand_and_measures_its_work(function, key, capfd) -> None:
    answer = function(key)({"simulate": "ok", "orderId": "o-1"}, Context())
    assert answer["orderId"] == "o-1"
    printed = lines(capfd)
    assert any("_aws" in line and line.get("service") == key for line in printed)
    assert not any("error_log_fallback" in line for line in printed)


@pytest.mark.parametrize("key", KEYS)
def test_it_fails_on_demand_and_records_it_once(function, key, capfd) -> None:
    with pytest.raises(Exception, match=r".+") as caught:
        function(key)({"simulate": "error"}, Context())
    assert type(caught.value).__name__ == RAISED[key]
    (record,) = [
        line["error_log_fallback"] for line in lines(capfd) if "error_log_fallback" in line
    ]
    assert record["errorType"] == RAISED[key]
    assert f"functions/{key}/" in record["topFrame"]


def test_the_causes_are_in_the_record(function, capfd) -> None:
    for key, cause in (("payments", "NetworkUnavailable"), ("notifications", "GatewayRejected")):
        with pytest.raises(Exception, match=r".+"):
            function(key)({"simulate": "error"}, Context())
        assert cause in capfd.readouterr().out


@pytest.mark.parametrize(("simulate", "least_s"), [("slow", 0.6), ("timeout", 6.0)])
def test_it_takes_as_long_as_asked(function, slept, simulate, least_s) -> None:
    handler = function("orders")
    waited = slept(sys.modules["simulation"])
    handler({"simulate": simulate}, Context())
    assert waited[0] >= least_s


@pytest.mark.parametrize(("rate", "least", "most"), [("0", 0, 0), ("100", 300, 300), ("7", 5, 45)])
def test_it_fails_by_chance_at_the_set_rate(function, monkeypatch, rate, least, most) -> None:
    import random

    monkeypatch.setenv("SIMULATED_ERROR_RATE", rate)
    function("orders")
    random.seed(7)
    failures = sum(sys.modules["simulation"].backend_fails({}, Context()) for _ in range(300))
    assert least <= failures <= most


def test_the_rate_is_seven_percent_by_default(function) -> None:
    function("orders")
    assert sys.modules["simulation"].DEFAULT_ERROR_RATE == 7


def test_latency_varies_around_the_set_mean(function, slept, monkeypatch) -> None:
    monkeypatch.setenv("SIMULATED_LATENCY_MS", "100")
    monkeypatch.setenv("SIMULATED_ERROR_RATE", "0")
    function("orders")
    waited = slept(sys.modules["simulation"])
    for _ in range(2_000):
        sys.modules["simulation"].backend_fails({}, Context())
    assert 0.09 < sum(waited) / len(waited) < 0.11
    assert max(waited) > 2 * min(waited)


def test_an_unknown_simulation_is_refused(function, capfd) -> None:
    with pytest.raises(ValueError, match="use error, slow, timeout, memory, exit or ok"):
        function("orders")({"simulate": "eror"}, Context())


def test_an_order_is_reserved_line_by_line(function) -> None:
    event = {"simulate": "ok", "orderId": "o-2", "lines": [{"sku": "lamp", "quantity": 4}]}
    answer = function("orders")(event, Context())
    assert answer == {"orderId": "o-2", "status": "reserved", "pieces": 4}


def test_an_unknown_status_has_no_message(function, capfd) -> None:
    with pytest.raises(KeyError):
        function("notifications")({"simulate": "ok", "status": "lost"}, Context())
