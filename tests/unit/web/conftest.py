"""A console whose reads are given, and a browser that is signed in to it."""

import html
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests import console_stage
from tests.conftest import DEMO
from tests.console_stage import NOW, FrozenConsole, bugs_of, records
from tocsin import config
from tocsin.web.admission import Admission
from tocsin.web.application import application
from tocsin.web.bug_reading import remembered

AUTHORITY = "t-0123456789.localhost:8123"
ORIGIN = f"http://{AUTHORITY}"
OWN = {"origin": ORIGIN, "sec-fetch-site": "same-origin"}
"""What a browser says of a form or a fetch of the page itself."""


@pytest.fixture(scope="session")
def stage() -> config.Stage:
    return config.load(DEMO, "dev")


def text_of(page: str) -> str:
    """What a page says, without its elements."""
    inside = re.sub(r"<(script|style|title|dialog).*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", inside)).split())


class Given:
    """Stands in for the reads of the account: a value, or an exception to raise."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self) -> Any:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


@pytest.fixture
def bugs(stage: config.Stage) -> Given:
    return Given(tuple(remembered(stage, bug, NOW) for bug in bugs_of(list(records()))))


@pytest.fixture
def console(stage: config.Stage, bugs: Given) -> FrozenConsole:
    """A console without an account, but for what a test gives it."""
    account: Any = SimpleNamespace(
        region="us-east-1", local=None, session=None, client=lambda *_, **__: None
    )
    made = FrozenConsole(DEMO, stage, lambda: account)
    made.bugs._read = bugs
    made.bugs._fresh_s = 0
    made.mutes._read = list
    return made


@pytest.fixture
def admission() -> Admission:
    return Admission()


def asking(guard: Any) -> Iterator[TestClient]:
    """A client of one event loop, where it would make a thread with one for each request."""
    with TestClient(guard, base_url=ORIGIN, follow_redirects=False) as made:
        yield made


@pytest.fixture
def client(console: FrozenConsole, admission: Admission) -> Iterator[TestClient]:
    """Somebody at the right address, who is not signed in."""
    yield from asking(application(console, admission, AUTHORITY))


@pytest.fixture
def signed_in(client: TestClient, admission: Admission) -> TestClient:
    """The same with a session."""
    token = admission.new_token()
    answer = client.post("/session", data={"token": token}, headers=OWN)
    assert answer.status_code == 303
    return client


Page = Callable[[str], str]


@pytest.fixture
def page(signed_in: TestClient) -> Page:
    """``page("/bugs")``: the HTML of a page that is there."""

    def read(path: str) -> str:
        answer = signed_in.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    return read


@pytest.fixture(scope="module")
def table() -> Iterator[FrozenConsole]:
    """A console over tables of moto's: records, and what is remembered of their bugs."""
    with console_stage.console() as made:
        yield made


@pytest.fixture
def at_table(table: FrozenConsole, admission: Admission) -> Iterator[TestClient]:
    """Somebody signed in to it; what was read before is forgotten."""
    table.bugs._asked_at = None
    for client in asking(application(table, admission, AUTHORITY)):
        client.post("/session", data={"token": admission.new_token()}, headers=OWN)
        yield client


@pytest.fixture
def read(at_table: TestClient) -> Callable[..., Any]:
    """``read(path)``: a page over those tables."""
    return at_table.get
