"""The tests of the compiled template, in one process, over one broken template after another."""

import contextlib
import copy
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.mutations.edits import Template

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests/unit/infrastructure", "tests/unit/collector")
# Slow, for they run the handlers or go through a corpus of lines: asked last, and only about the
# type of resource that they are about.
SLOW = {
    "test_granted_calls.py": "AWS::IAM::Role",
    "test_corpus.py": "AWS::Logs::SubscriptionFilter",
    "test_deliveries.py": "AWS::Logs::SubscriptionFilter",
}


class Suite:
    """A pytest plugin: the fixture ``compiled`` of tests/conftest.py asks it for the templates."""

    def __init__(self, templates: Mapping[str, Template], body: Callable[["Suite"], None]) -> None:
        self._whole = templates
        self._templates = dict(templates)
        self._body = body
        self._items: list[Any] = []
        self.broken: list[str] = []

    def run(self) -> None:
        """Collect the tests and call ``body`` with them.

        Raises RuntimeError where a test fails on the templates as they are.
        """
        folders = [str(ROOT / folder) for folder in FOLDERS]
        options = ["--capture=no", "-p", "no:cacheprovider", f"--rootdir={ROOT}"]
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = pytest.main([*folders, *options], plugins=[_Named("mutation-check", self)])
        if self.broken:
            raise RuntimeError(f"fail without any mutation: {', '.join(self.broken)}")
        if code != pytest.ExitCode.OK:
            raise RuntimeError(f"pytest ended with {code!r}: {said.getvalue()}")

    def compiled(self, stage: str) -> Template:
        return copy.deepcopy(self._templates[stage])

    def catches(self, stage: str, template: Template, about: str) -> str | None:
        """The first test that fails on ``template``; None where all pass.

        ``about`` is the type of the resource that was changed.
        """
        self._templates = {**self._whole, stage: template}
        for item in self._items:
            if SLOW.get(item.path.name, about) != about:
                continue
            if not _passes(item):
                if item.path.name not in SLOW:  # what caught one is likely to catch the next
                    self._items.remove(item)
                    self._items.insert(0, item)
                return str(item.nodeid)
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        chosen: list[Any] = [item for item in session.items if _reads_the_template(item)]
        self._items = sorted(chosen, key=lambda item: item.path.name in SLOW)
        self.broken = self._failing()
        if not self.broken:
            self._body(self)
            # Nor has anything that a mutation left behind made a test fail.
            self._templates = dict(self._whole)
            self.broken = self._failing()
        return True

    def _failing(self) -> list[str]:
        return [item.nodeid for item in self._items if not _passes(item)]


class _Named:
    """Registers the suite under the name that the fixture looks for."""

    def __init__(self, name: str, suite: Suite) -> None:
        self._name, self._suite = name, suite

    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.register(self._suite, self._name)


def _reads_the_template(item: Any) -> bool:
    """And compiles nothing itself, for which nothing is broken."""
    return "compiled" in item.fixturenames and "project" not in item.fixturenames


def _passes(item: Any) -> bool:
    """Run one test; with no next one, every fixture is torn down after it."""
    item._initrequest()
    reports = runtestprotocol(item, log=False, nextitem=None)
    return all(report.passed or report.skipped for report in reports)
