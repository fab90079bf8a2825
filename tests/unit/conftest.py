"""The product's tests bring their own projects: no test here reads the one at the root."""

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ROOT

PROJECT = tuple(str(ROOT / name) for name in ("monitoring.yml", "functions", "tests/alarms"))
READING = frozenset({"open", "os.listdir", "os.scandir"})

_found: list[str] = []
_watching = False


def _see(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in READING or not arguments:
        return
    if isinstance(arguments[0], str | os.PathLike):
        path = os.path.abspath(os.fspath(arguments[0]))
        if isinstance(path, str) and path.startswith(PROJECT):
            _found.append(path)


sys.addaudithook(_see)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    """From before the fixtures that several tests share."""
    global _watching
    _found.clear()
    _watching = True
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    global _watching
    try:
        return (yield)
    finally:
        _watching = False
        assert not _found, f"reads {_found[0]}: the tests' own project is tests.conftest.DEMO"
