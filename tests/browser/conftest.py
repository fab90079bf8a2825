"""A real browser (Debian's chromium, by Playwright) at a real console; part of `test-deep`."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DEEP, ROOT
from tests.waiting import PATIENCE_S
from tocsin.web import vendored

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCHEMES = ("light", "dark")
WIDTHS = (1280, 360)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    why = ""
    if not DEEP:
        why = "part of `invoke test-deep`"
    elif CHROMIUM is None:
        why = "no browser: apt-get install chromium"
    else:
        try:
            import playwright  # noqa: F401
        except ImportError:
            why = "no driver: pip install -r requirements/browser.lock"
    if why:
        here = Path(__file__).parent
        for item in items:
            if here in item.path.parents:
                item.add_marker(pytest.mark.skip(reason=why))


@dataclass
class Served:
    """A console that runs: ``address`` lets one browser in, ``origin`` is where its pages are."""

    process: "subprocess.Popen[str]"
    address: str

    @property
    def origin(self) -> str:
        return self.address.split("/bugs#")[0]


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., Served]]:
    """``serve("morning")``: the console of that scene, in a process of its own."""
    started: list[Served] = []

    def start(scene: str, **environment: str) -> Served:
        import os

        process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.stage_server", scene],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment},
        )  # fmt: skip
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://"), address
        served = Served(process, address)
        started.append(served)
        return served

    yield start
    for served in started:
        served.process.terminate()
        served.process.wait()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core's source, out of the npm lock of the console."""
    modules = vendored.installed(tmp_path_factory.mktemp("axe"))
    return (modules / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@dataclass
class Visitor:
    """A browser with a session. What its pages complained of is in ``complaints``."""

    context: Any
    origin: str
    complaints: list[str] = field(default_factory=list)

    def page(self, path: str = "/bugs") -> Any:
        """A tab at ``path``, once its scripts have run."""
        page = self.context.new_page()
        self._listen(page)
        page.goto(f"{self.origin}{path}")
        return page

    def _listen(self, page: Any) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")


WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""


@pytest.fixture(scope="session")
def visit(chromium: Any) -> Iterator[Callable[..., Visitor]]:
    """``visit(served)``: a browser that has come in by the address."""
    contexts = []

    def enter(served: Served, **options: Any) -> Visitor:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, **options)
        context.set_default_timeout(PATIENCE_S * 1000)
        context.add_init_script(WATCH_POLICY)
        contexts.append(context)
        page = context.new_page()
        page.goto(served.address)
        page.wait_for_selector("header nav")
        page.close()
        return Visitor(context, served.origin)

    yield enter
    for context in contexts:
        context.close()


def violations(page: Any, axe: str) -> list[str]:
    """The accessibility rules that ``page`` breaks, each with where."""
    page.evaluate(axe)  # a script element would be refused by the page's own policy
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']}: {json.dumps([node['target'] for node in rule['nodes']][:3])}"
        for rule in found["violations"]
    ]
