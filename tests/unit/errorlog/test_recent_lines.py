"""The lines before a failure: of its own call, redacted, bounded; and nothing where it is off."""

import logging
import subprocess
import sys
import threading

import pytest
from aws_lambda_powertools import Logger

import errorlog
from errorlog import recent_lines
from errorlog.recent_lines import MAX_CHARS, RecentLines
from tests import hostile_records as hostile
from tests.conftest import ROOT
from tests.unit.errorlog.surroundings import Context, Stage, Store


@pytest.fixture
def kept(monkeypatch):
    """Lines are kept while a test runs, as with ERROR_LOG_LINES=20."""
    monkeypatch.setattr(recent_lines, "_kept", None)
    recent_lines.keep("20")
    yield recent_lines.kept()
    logging.getLogger().removeHandler(recent_lines.kept())


def failing(log, *, event=None):
    """The record of a call that logs by ``log`` and fails."""

    @errorlog.record_errors
    def handler(event, context):
        log()
        raise ValueError("again")

    stage = Stage(Store())
    with stage.watch() as outcome, pytest.raises(ValueError, match="again"):
        handler(event or {}, Context())
    return outcome.stored[0]


def said(record):
    return [line.split(" ", 1)[1] for line in record.get("logBefore", [])]


def test_a_record_has_the_lines_of_its_call_and_of_no_other(kept) -> None:
    logger = logging.getLogger("shop")
    logger.setLevel("INFO")
    failing(lambda: logger.warning("of the call before"))
    record = failing(lambda: (logger.info("order %s", 7), logger.debug("below its level")))
    assert said(record) == ["INFO shop: order 7"]


def test_of_powertools_logger_too_and_of_another_thread(kept) -> None:
    logger = Logger(service="orders", level="INFO")

    def log() -> None:
        logger.info("reserving", extra={"sku": "lamp"})
        thread = threading.Thread(target=lambda: logger.warning("in a thread"))
        thread.start()
        thread.join()

    lines = said(failing(log))
    assert [line.split(": ", 1)[1] for line in lines] == ["reserving", "in a thread"]


def test_secrets_of_line_and_event_are_hidden(kept) -> None:
    def log() -> None:
        logging.getLogger("shop").warning("password=hunter2-of-mine for %s", "tr0ub4dor&3")

    text = str(failing(log, event={"password": "tr0ub4dor&3"})["logBefore"])
    assert "hunter2" not in text
    assert "tr0ub4dor" not in text


def test_the_newest_are_kept_within_bounds_whatever_they_hold(kept) -> None:
    class Raises:
        def __str__(self) -> str:
            raise RuntimeError

    def said_so(text: str, *args: object) -> None:
        # As logging calls it; pytest's own handlers choke on some of these.
        kept.handle(logging.LogRecord("shop", logging.WARNING, "x.py", 1, text, args, None))

    def log() -> None:
        for text in hostile.TEXTS.values():
            said_so(text)
            said_so("%s %d", "not enough")
            said_so("%s", Raises())
        for number in range(40):
            said_so("%d %s", number, "x" * 100_000)

    record = failing(log)
    assert 0 < len(record["logBefore"]) <= 20
    assert sum(map(len, record["logBefore"])) <= 2 * MAX_CHARS
    assert said(record)[-1].startswith("WARNING shop: 39 xxx")


def test_so_much_of_each_line_and_of_all(kept) -> None:
    def log() -> None:
        for number in range(30):
            logging.getLogger("shop").warning("%02d %s", number, "word " * 200)

    lines = failing(log)["logBefore"]
    texts = [line.partition(" shop: ")[2] for line in lines]
    assert {len(text) for text in texts} == {500}
    assert sum(map(len, lines)) <= 8_192 < sum(map(len, lines)) + len(lines[0])


@pytest.mark.parametrize(("beyond", "lines"), [(0, 16), (1, 15)])
def test_all_of_them_have_8_k(kept, beyond, lines) -> None:
    def log() -> None:
        logging.getLogger("shop").warning("x" * (beyond + 512 - head))
        for _ in range(15):
            logging.getLogger("shop").warning("x" * (512 - head))

    head = len("12:00:00.000 WARNING shop: ")
    assert len(failing(log)["logBefore"]) == lines


WANTED = {"": 0, "no": 0, "-3": 0, "0": 0, "5": 5, "99999": 200, "9" * 400: 0}


@pytest.mark.parametrize(("text", "most"), WANTED.items())
def test_how_many(monkeypatch, text, most) -> None:
    monkeypatch.setattr(recent_lines, "_kept", None)
    recent_lines.keep(text)
    found = recent_lines.kept()
    assert (found._lines.maxlen if found else 0) == most
    logging.getLogger().removeHandler(found) if found else None


def test_off_nothing_of_it_is_loaded() -> None:
    """Neither for a function that works nor for one that fails."""
    code = (
        "import errorlog, sys\n"
        "@errorlog.record_errors\n"
        "def handler(event, context): return 1 / event['by']\n"
        "handler({'by': 1}, None)\n"
        "loaded = set(sys.modules)\n"
        "try: handler({'by': 0}, None)\n"
        "except ZeroDivisionError: pass\n"
        "assert not {'errorlog.recent_lines', 'logging'} & (loaded | set(sys.modules)), loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
                   env={"PATH": "/usr/bin"})  # fmt: skip
    assert RecentLines(3)._lines.maxlen == 3
