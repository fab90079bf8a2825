"""Each message of each channel, drawn from what is on file (tests/unit/notifier/golden).

``TOCSIN_PICTURES=1`` keeps those that docs/notifications.md shows.
"""

import json
from html import unescape

import pytest

from tests.browser import message_page
from tests.browser.pictures import keep
from tests.conftest import ROOT


@pytest.mark.parametrize("channel", message_page.CHANNELS)
def test_a_channels_messages(chromium, channel) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.set_content(message_page.page(channel))
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.locator("article").count() == len(message_page.CASES)
    assert "KeyError" in unescape(page.inner_text("main"))
    keep(page.screenshot(full_page=True), ROOT / "docs/notifications" / f"{channel}.png", 3_600)
    page.close()


@pytest.mark.parametrize("channel", message_page.CHANNELS)
def test_no_text_of_a_message_is_left_out(chromium, channel) -> None:
    """What is drawn is what is sent."""
    page = chromium.new_page()
    page.set_content(message_page.page(channel))
    shown = "".join(page.inner_text("main").split())
    for case in message_page.CASES:
        (file,) = (message_page.GOLDEN / channel).glob(f"{case}.*")
        text = file.read_text(encoding="utf-8")
        for said in texts(json.loads(text)) if file.suffix == ".json" else text.splitlines():
            assert "".join(said.removeprefix("Subject: ").split()) in shown, (case, said)
    page.close()


def texts(value, key="text"):
    """The texts that a client shows: those under ``text`` and ``title`` of blocks and cards."""
    if isinstance(value, dict):
        inner = {
            name: held for name, held in value.items() if name != "text" or "blocks" not in value
        }
        for name, held in inner.items():
            yield from texts(held, name)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member, key)
    elif isinstance(value, str) and key in ("text", "title"):
        yield value
