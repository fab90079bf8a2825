"""Stages of any size."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.alarms import KINDS, AlarmSettings
from tocsin.config import Function, Stage


@pytest.fixture(scope="session")
def stage() -> Stage:
    return config.load(DEMO, "dev")


@pytest.fixture(scope="session")
def functions(stage: Stage) -> Callable[[int], list[Function]]:
    """``functions(20)``: as many, with names of a usual length."""

    def make(count: int) -> list[Function]:
        return [
            replace(stage.functions[0], key=f"service-{n}", name=f"service-{n}-function-dev")
            for n in range(count)
        ]

    return make


def with_alarms(function: Function, **settings: AlarmSettings) -> Function:
    """``function`` with these settings of a kind, by its key in Python: ``error_rate=...``."""
    by_kind = {KIND_OF_FIELD[field]: value for field, value in settings.items()}
    return replace(function, alarm_settings={**function.alarm_settings, **by_kind})


KIND_OF_FIELD = {kind.field: name for name, kind in KINDS.items()}
