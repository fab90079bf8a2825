"""Stages of any size."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.conftest import DEMO
from tocsin import config
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
