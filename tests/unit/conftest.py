"""The product's tests bring their own projects: no test here reads the one at the root."""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

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


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Go without pytest's capture of logs, a fixture `caplog` with it.

    It looks at each of some hundred loggers six times a test, more than most tests here do.
    """
    capture = config.pluginmanager.unregister(name="logging-plugin")
    assert capture is not None, "pytest's capture of logs has another name"


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What is logged meanwhile, formatted."""
    said: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(self.format(record))

    handler = Kept()
    logging.getLogger().addHandler(handler)
    try:
        yield said
    finally:
        logging.getLogger().removeHandler(handler)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Callable[[ModuleType], list[float]]:
    """``slept(module)``: the seconds that a module asks to sleep, which are over at once.

    `time` is the module's own from then on: threads that other tests have left sleep as before.
    """

    def of(module: ModuleType) -> list[float]:
        seconds: list[float] = []
        own = SimpleNamespace(**{**vars(time), "sleep": seconds.append})
        monkeypatch.setattr(module, "time", own)
        return seconds

    return of


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Say one thing of each test that passed to the process that gives out the tests, and that
    without the keywords, which nobody reads. Telling it of a start, an end and three steps took
    both as long as a tenth of the tests."""
    if not hasattr(item.config, "workerinput"):
        return None
    for report in runtestprotocol(item, nextitem=nextitem, log=False):
        if report.when == "call" or not report.passed:
            report.keywords = {} if report.passed else report.keywords
            item.ihook.pytest_runtest_logreport(report=report)
    return True


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
