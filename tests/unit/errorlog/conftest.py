import time
from collections.abc import Callable, Iterator

import pytest

from tests.unit.errorlog.surroundings import Context, Stage, Store


@pytest.fixture(autouse=True, scope="session")
def _environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "ERROR_LOG_TABLE": "error-log-table-dev",
            "ERROR_LOG_TTL_DAYS": "30",
            "STAGE": "dev",
            "RELEASE": "1.2.3",
            "POWERTOOLS_METRICS_NAMESPACE": "shop",
        }.items():
            patch.setenv(name, value)
        absent = "AWS_ENDPOINT_URL AWS_PROFILE ERROR_LOG_REDACT_KEYS ERROR_LOG_TIMEOUT_MS"
        absent += " AWS_CA_BUNDLE REQUESTS_CA_BUNDLE HTTP_PROXY HTTPS_PROXY http_proxy https_proxy"
        for name in absent.split():
            patch.delenv(name, raising=False)
        yield


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def stage() -> Stage:
    return Stage(Store())


@pytest.fixture
def benchmark_clock() -> Callable[[Callable[[], object]], float]:
    """``benchmark_clock(call)``: CPU seconds of the quickest of three calls."""

    def measure(call: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            began = time.process_time()
            call()
            times.append(time.process_time() - began)
        return min(times)

    return measure
