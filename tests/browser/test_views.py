"""Every view in light and dark, wide and on a phone: no complaint, nothing unreachable, a picture.

``TOCSIN_PICTURES=1`` keeps those that docs/console.md shows.
"""

import pytest

from tests.browser import pictures
from tests.browser.conftest import SCHEMES, WIDTHS, violations
from tests.conftest import ROOT

VIEWS = {
    "bugs": ("morning", "/bugs"),
    "bug": ("morning", "/bugs/v1:0123456789abcdef"),
    "bugs-filtered-empty": ("morning", "/bugs?q=nothing"),
    "alarms": ("morning", "/alarms"),
    "alarm": ("morning", "/alarms/orders-error-rate-alarm-dev"),
    "alarm-composite": ("morning", "/alarms/health-alarm-dev"),
    "alarm-scenarios": ("morning", "/alarms/orders-error-rate-alarm-dev/scenarios"),
    "alarm-backtest": ("morning", "/alarms/orders-error-rate-alarm-dev/backtest"),
    "alarms-muted": ("morning", "/alarms?state=muted"),
    "alarm-muted": ("morning", "/alarms/payments-latency-alarm-dev"),
    "drill-protected": ("protected", "/drill"),
    "drill-running": ("morning", "/drill"),
    "clock": ("local", "/clock"),
    "not-found": ("morning", "/none"),
    "bugs-empty": ("empty", "/bugs"),
    "bugs-expired": ("expired", "/bugs"),
    "bugs-denied": ("denied", "/bugs"),
    "alarms-throttled": ("throttled", "/alarms"),
    "bugs-missing": ("missing", "/bugs"),
    "bugs-hostile": ("hostile", "/bugs?state=all"),
    "bug-hostile": ("hostile", "/bugs/v1:0000000000000035"),
    "alarms-hostile": ("hostile", "/alarms"),
}
SHOWN = {
    "bugs-1280-light", "bugs-360-dark", "bug-1280-light", "alarms-1280-dark", "alarm-1280-light",
    "alarm-360-dark", "alarm-composite-1280-light", "alarm-scenarios-1280-light",
    "alarm-backtest-1280-light", "alarms-muted-1280-light", "drill-protected-1280-light",
    "drill-running-1280-light", "clock-1280-light", "bugs-denied-1280-light",
    "bugs-empty-1280-light",
}  # fmt: skip
PICTURES = ROOT / "docs" / "console"
_EXPECTED = "the server responded with a status of 404"


def keep(page, name: str) -> None:
    """A picture of ``page`` in few colours, where docs show it and somebody wants it anew."""
    if name in SHOWN:
        pictures.keep(page.screenshot(full_page="1280" in name), PICTURES / f"{name}.png")


@pytest.fixture(scope="module")
def visitors(serve, visit):
    """``visitors("morning")``: somebody at that scene, the same one for all views."""
    known = {}

    def of(scene: str):
        if scene not in known:
            known[scene] = visit(serve(scene))
        return known[scene]

    return of


def begin_the_drill(page) -> None:
    """One runs on this console until it is ended; its checks are there."""
    begin = page.get_by_role("button", name="Hold the drill")
    if begin.count():
        begin.click()
    page.get_by_role("button", name="Stop").wait_for()
    page.get_by_text("metric -> alarm").first.wait_for()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_view(visitors, axe, view, scheme, width) -> None:
    scene, path = VIEWS[view]
    visitor = visitors(scene)
    visitor.complaints.clear()
    page = visitor.page("/bugs")
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{visitor.origin}{path}")
    page.wait_for_function("() => document.documentElement.classList.contains('with-js')")
    if view == "drill-running":
        begin_the_drill(page)
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    keep(page, f"{view}-{width}-{scheme}")
    page.close()
    assert [said for said in visitor.complaints if _EXPECTED not in said] == []
