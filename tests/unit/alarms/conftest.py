"""The stage that the alarms of these tests are on."""

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.config import Stage


@pytest.fixture(scope="session")
def stage() -> Stage:
    return config.load(DEMO, "dev")
