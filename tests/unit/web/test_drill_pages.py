"""The drill from the page: a process of its own, begun, shown, interrupted."""

import sys
import threading

import pytest
from starlette.testclient import TestClient

from tests.conftest import DEMO, ROOT
from tests.console_stage import FrozenConsole
from tests.unit.web.conftest import AUTHORITY, ORIGIN, OWN, text_of
from tocsin import config
from tocsin.web.application import application
from tocsin.web.drill_run import DrillRun, DrillRuns

COMMAND = (sys.executable, str(ROOT / "tests" / "console_drill.py"))


class Told:
    """Waits until a drill is where a test wants it."""

    def __init__(self, *more: str) -> None:
        self._changed = threading.Condition()
        self.run = DrillRun(ROOT, [*COMMAND, *more], self._tell)

    def _tell(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def until(self, condition):
        """The progress that meets ``condition``."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.run.progress), timeout=60)
        return self.run.progress


def test_its_checks_are_known_as_they_are_said() -> None:
    told = Told()
    assert told.run.progress is None
    told.run.begin("--wiring", "--function", "orders")
    progress = told.until(lambda progress: not progress.running)
    assert progress.options == ("--wiring", "--function", "orders")
    assert len(progress.checks) == 15
    assert progress.exit_code == 1
    told.run.close()
    assert told.run.progress.notes == ("smoke-test tocsin-dev ...",)


def test_it_is_interrupted_as_from_the_terminal() -> None:
    told = Told("--wait")
    told.run.begin()
    told.until(lambda progress: len(progress.checks) == 15 and progress.notes)
    with pytest.raises(DrillRuns):
        told.run.begin()
    told.run.close()
    progress = told.run.progress
    assert (progress.exit_code, progress.stopping) == (130, True)
    assert progress.notes[-1] == "orders: what was muted is told again"


def page_of(admission, stage_name, run):
    stage = config.load(DEMO, stage_name)
    console = FrozenConsole(ROOT, stage, lambda: None)
    client = TestClient(
        application(console, admission, AUTHORITY, drill=run), base_url=ORIGIN,
        follow_redirects=False,
    )  # fmt: skip
    client.post("/session", data={"token": admission.new_token()}, headers=OWN)
    return client


class Recorded:
    """Stands in for the run: keeps what it was begun with."""

    progress = None

    def __init__(self) -> None:
        self.begun = []

    def begin(self, *options):
        self.begun.append(options)


BEGUN = [
    ("dev", {"what": "wiring"}, ("--wiring",)),
    ("dev", {"what": "failures"}, ()),
    ("dev", {"what": "failures", "function": "orders"}, ("--function", "orders")),
    ("prod", {"what": "wiring", "confirm": "prod"}, ("--wiring",)),
    ("prod", {"what": "failures", "confirm": " prod "}, ("--yes",)),
]
REFUSED = [
    ("dev", {}),
    ("dev", {"what": "everything"}),
    ("dev", {"what": "wiring", "function": "--yes"}),
    ("dev", {"what": "wiring", "function": "unknown"}),
    ("prod", {"what": "wiring"}),
    ("prod", {"what": "failures", "confirm": "dev"}),
    ("prod", {"what": "failures", "confirm": "PROD"}),
]


@pytest.mark.parametrize(("stage", "fields", "options"), BEGUN)
def test_a_form_begins_a_drill(admission, stage, fields, options) -> None:
    run = Recorded()
    answer = page_of(admission, stage, run).post("/drill", data=fields, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/drill")
    assert run.begun == [options]


@pytest.mark.parametrize(("stage", "fields"), REFUSED)
def test_a_form_that_begins_none(admission, stage, fields) -> None:
    run = Recorded()
    answer = page_of(admission, stage, run).post("/drill", data=fields, headers=OWN)
    assert answer.status_code == 422
    assert run.begun == []


def test_rows_are_kinds_of_failure_with_their_links(admission) -> None:
    told = Told()
    told.run.begin()
    told.until(lambda progress: not progress.running)
    said = text_of(page_of(admission, "dev", told.run).get("/drill").text)
    assert "failed orders exception raised, recorded ALARM failed: metric -> alarm" in said
    assert "passed payments exception raised, recorded, ALARM, notified, OK" in said
    assert "passed orders throttle notified ALARM: nobody's calls are turned away" in said
    assert "failed since" in said


def test_before_the_first_there_is_only_the_form(admission) -> None:
    page = page_of(admission, "prod", DrillRun(ROOT, COMMAND)).get("/drill").text
    assert "This stage is protected: type its name" in page
    assert "<table" not in page


def test_only_the_page_itself_begins_one(admission) -> None:
    run = Recorded()
    client = page_of(admission, "dev", run)
    forged = {"origin": "http://localhost:3000", "sec-fetch-site": "same-site"}
    assert client.post("/drill", data={"what": "failures"}, headers=forged).status_code == 403
    assert client.get("/drill?what=failures").status_code == 200
    assert run.begun == []
