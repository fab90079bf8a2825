"""The console in a browser's hands: signing in, keys, filters, live changes, no JavaScript."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.conftest import WATCH_POLICY
from tests.waiting import PATIENCE_S

BUG = "/bugs/v1:0123456789abcdef"


@pytest.fixture(scope="module")
def served(serve):
    return serve("morning")


@pytest.fixture(scope="module")
def visitor(served, visit):
    return visit(served)


@pytest.fixture
def page(visitor):
    visitor.complaints.clear()
    opened = visitor.page()
    yield opened
    opened.close()
    assert visitor.complaints == []


def test_the_token_is_gone_from_the_address_and_good_once(serve, chromium) -> None:
    served = serve("empty")
    contexts = [chromium.new_context() for _ in range(2)]
    for context in contexts:
        context.set_default_timeout(PATIENCE_S * 1000)
    pages = [context.new_page() for context in contexts]
    pages[0].goto(served.address)
    pages[0].wait_for_selector("header nav")
    assert pages[0].url == f"{served.origin}/bugs"
    pages[0].go_back()
    assert "#" not in pages[0].url
    pages[1].goto(served.address)
    pages[1].wait_for_selector("#why:not([hidden])")
    assert "Sign in" in pages[1].title()
    for context in contexts:
        context.close()


def test_keys_move_and_open(page) -> None:
    page.wait_for_selector("tr[data-key]")
    page.keyboard.press("j")
    first = page.locator("tr.chosen").get_attribute("data-key")
    page.keyboard.press("j")
    assert page.locator("tr.chosen").get_attribute("data-key") != first
    page.keyboard.press("k")
    assert page.locator("tr.chosen").get_attribute("data-key") == first
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BUG}")
    page.keyboard.press("j")
    page.wait_for_url("**record=*")
    assert "Record 2 of 25" in page.inner_text("#record")
    page.keyboard.press("u")
    page.wait_for_url("**/bugs")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/alarms")
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/bugs")


def test_keys_are_letters_in_a_field_and_can_be_switched_off(page) -> None:
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("jkeg?")
    assert page.input_value("#search") == "jkeg?"
    assert page.locator("tr.chosen").count() == 0
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.locator("#help button").click()
    page.fill("#search", "")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.locator("tr.chosen").count() == 0
    page.keyboard.press("?")
    page.locator("#keys-on").check()
    page.locator("#help button").click()


def test_a_search_narrows_the_list_as_it_is_typed(page) -> None:
    page.wait_for_selector("tr[data-key]")
    page.fill("#search", "type:KeyError")
    page.wait_for_function("() => document.querySelectorAll('tr[data-key]').length === 1")
    assert "q=type%3AKeyError" in page.url
    page.fill("#search", "no such bug")
    page.wait_for_selector("text=No open bug matches")
    page.click("text=Clear the search")
    page.wait_for_function("() => document.querySelectorAll('tr[data-key]').length === 5")


def test_resolving_from_the_list_and_back(page) -> None:
    page.wait_for_selector("tr[data-key]")
    page.keyboard.press("j")
    chosen = page.locator("tr.chosen").get_attribute("data-key")
    page.keyboard.press("e")
    page.wait_for_function("key => !document.querySelector(`tr[data-key='${key}']`)", arg=chosen)
    assert "4" in page.inner_text("#nav-bugs")
    page.click("#said button")
    page.wait_for_function("key => document.querySelector(`tr[data-key='${key}']`)", arg=chosen)
    assert "As it was." in page.inner_text("#said")


def test_muting_on_the_page_of_a_bug_and_back(page, visitor) -> None:
    page.goto(f"{visitor.origin}/bugs/v1:{0:016x}")
    page.keyboard.press("m")
    page.wait_for_selector(".state-muted")
    assert "muted until" in page.inner_text("#bug")
    # That it is muted is news to all tabs, this one included: the way back stays.
    page.evaluate("new BroadcastChannel('tocsin-events').postMessage('bugs')")
    page.wait_for_selector("#said a:text('Reload')")
    page.click("#said button")
    page.wait_for_selector("#bug .state-seen")


def test_times_are_shown_as_one_likes(page) -> None:
    page.wait_for_selector("td.when time")
    button = page.locator("#time-mode")
    assert button.inner_text() == "UTC"
    button.click()
    assert button.inner_text() == "local"
    page.reload()
    assert page.locator("#time-mode").inner_text() == "local"
    button.click()
    assert "ago" in page.inner_text("#as-of")
    button.click()


def test_a_plot_has_a_cursor_and_the_same_data_as_its_table(page, visitor) -> None:
    page.goto(f"{visitor.origin}/alarms/orders-error-rate-alarm-dev")
    page.wait_for_selector(".uplot canvas")
    assert page.locator("svg.series").is_hidden()
    box = page.locator(".u-over").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 20)
    page.wait_for_function(
        "() => document.querySelector('.u-legend').innerText.includes('breaching')"
    )
    page.click("summary")
    assert page.locator("#datapoints tr[data-window]").count() == 2


def test_scenarios_come_into_the_page(page, visitor) -> None:
    page.goto(f"{visitor.origin}/alarms/orders-error-rate-alarm-dev")
    page.click("text=Run them")
    page.wait_for_selector("text=It fires, stays silent and recovers when it should.")


def test_every_tab_hears_of_a_drill_though_one_listens(visitor) -> None:
    visitor.complaints.clear()
    tabs = [visitor.page("/drill") for _ in range(8)]
    tabs[-1].wait_for_function("() => document.documentElement.classList.contains('with-js')")
    streams = sum(
        tab.evaluate(
            "performance.getEntriesByType('resource').filter("
            "one => one.name.endsWith('/events')).length"
        )
        for tab in tabs
    )
    assert streams <= 1
    tabs[3].click("text=Hold the drill")
    for tab in tabs:
        tab.wait_for_selector("text=metric -> alarm: it watches")
    tabs[5].click("text=Stop")
    for tab in tabs:
        tab.wait_for_selector("text=Stopped")
    for tab in tabs:
        tab.close()
    assert visitor.complaints == []


def test_without_javascript_it_reads_and_decides(serve, chromium) -> None:
    served = serve("morning")
    context = chromium.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    origin, token = served.address.split("/bugs#")
    page.goto(f"{origin}{BUG}")
    page.fill("#token", token)
    page.click("text=Sign in")
    page.wait_for_selector("tr[data-key]")
    page.fill("#search", "type:KeyError")
    page.click(".filter button")
    assert page.locator("tr[data-key]").count() == 1
    page.click("tr[data-key] a")
    assert "left = STOCK" in page.inner_text("#stack")
    page.click("text=Older")
    assert "Record 2 of 25" in page.inner_text("#record")
    page.click("text=Resolve")
    assert page.locator("h1 .state-resolved").count() == 1
    page.goto(f"{origin}/alarms/orders-error-rate-alarm-dev")
    assert page.locator("svg.series circle.breaching").count() == 16
    page.click("text=Run them")
    assert "It fires, stays silent" in page.inner_text("main")
    page.goto(f"{origin}/drill")
    page.click("text=Hold the drill")
    assert page.locator("form[action='/drill/stop']").count() == 1
    context.close()


ATTACKS = (Path(__file__).parent / "attacks.js").read_text(encoding="utf-8")


class Elsewhere(BaseHTTPRequestHandler):
    """A page of another port, on whatever name it is asked by."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title><body>")

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def elsewhere():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("host", ["", "127.0.0.1"])
def test_a_page_of_another_port_gets_nothing_and_changes_nothing(
    serve, visit, elsewhere, host
) -> None:
    served = serve("morning", CONSOLE_HOST=host)
    visitor = visit(served)
    name = served.origin.removeprefix("http://").partition(":")[0]
    for attacker in {f"http://{name}:{elsewhere}", f"http://localhost:{elsewhere}"}:
        page = visitor.context.new_page()
        page.goto(attacker)
        answers = page.evaluate(ATTACKS, served.origin)
        assert answers.pop("blind") in ("opaque", "blocked")
        assert set(answers.values()) == {"blocked"}, answers
        # A form, which a browser sends with the cookie where both are of one site.
        page.set_content(
            f'<form method="post" action="{served.origin}/drill">'
            '<input name="what" value="failures"></form>'
        )
        page.evaluate("document.forms[0].submit()")
        page.wait_for_url(f"{served.origin}/drill")
        assert "refused" in page.inner_text("body")
        page.close()
    page = visitor.page("/drill")
    assert page.locator("#drill [role=status]").count() == 0, "a drill was begun"
    page.close()


def test_hostile_records_run_nothing(serve, visit) -> None:
    visitor = visit(serve("hostile"))
    page = visitor.page("/bugs?state=all")
    for path in ("/bugs?state=all&page=2", "/alarms", f"/bugs/v1:{57:016x}", f"/bugs/v1:{59:016x}"):
        page.goto(f"{visitor.origin}{path}")
        page.wait_for_function("() => document.documentElement.classList.contains('with-js')")
    assert visitor.complaints == []
    page.close()


def test_the_policy_is_watched(visitor) -> None:
    assert "securitypolicyviolation" in WATCH_POLICY
    visitor.complaints.clear()
    page = visitor.page()
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))"
    )
    page.wait_for_timeout(200)
    page.close()
    assert any(said.startswith("error: policy: script-src") for said in visitor.complaints)
    visitor.complaints.clear()
