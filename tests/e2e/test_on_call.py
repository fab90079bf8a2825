"""Somebody on call with nothing but the page: bug, cause, test, fix, deploy, resolved, and told of
its return. docs/on-call.md is this, for people."""

import re
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from tests.conftest import copy_project, deep
from tests.e2e.conftest import Project, free_port
from tests.waiting import until

pytestmark = deep  # five deploys

HANDLER = "functions/orders/handler.py"
CODE = '''"""Takes an order."""

import errorlog

PRICES = {"tea": 4, "cup": 9}


@errorlog.record_errors
def handler(event, context):
    return {"total": sum(PRICES[line["sku"]] * line["count"] for line in event["lines"])}
'''
BROKEN, FIXED = 'PRICES[line["sku"]]', 'PRICES.get(line["sku"], 0)'
ORDER = '{"lines": [{"sku": "pot", "count": 1}]}'


class Shop(Project):
    """A git checkout of a project with a bug, on a stage of its own."""

    def git(self, *words: str) -> None:
        author = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
        subprocess.run(
            ["git", *author, *words],  # noqa: S607 - the one of the machine, as Tocsin calls it
            cwd=self.root, check=True, capture_output=True,
        )  # fmt: skip

    def release(self, name: str) -> None:
        self.git("add", "functions", "monitoring.yml")
        self.git("commit", "--quiet", "--allow-empty", "--message", f"Make {name}")
        self.git("tag", name)
        self.invoke("deploy", "--stage", "local", "--no-smoke-test")

    def order(self) -> None:
        self.invoke(
            "invoke", "--stage", "local", "--function", "orders", "--data", ORDER, expect=None
        )

    def mails(self, beginning: str) -> list[EmailMessage]:
        """Those with such a subject, the first first."""
        files = sorted(
            (self.root / ".tocsin/local/mail").glob("*.eml"), key=lambda file: file.stat().st_mtime
        )
        found = [message_from_bytes(file.read_bytes(), policy=default) for file in files]
        return [mail for mail in found if str(mail["Subject"]).startswith(beginning)]  # type: ignore[misc]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    root = copy_project(tmp_path_factory.mktemp("on call") / "a shop")
    made = Shop(root, free_port())
    (root / HANDLER).write_text(CODE)
    made.replace(
        "monitoring.yml",
        "notifications: []\n",
        "notifications:\n"
        "  - {protocol: email, endpoint: team@example.com}\n"
        "  - {protocol: email, endpoint: team@example.com, severity: ticket}\n",
    )
    made.git("init", "--quiet")
    try:
        made.release("r1")
        yield made
    finally:
        made.invoke("local-stop", expect=None)


def pytest_of(shop: Shop, file: str, expect: int) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", file],
        cwd=shop.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == expect, done.stdout
    return done.stdout


def test_from_the_page_to_the_fix_and_back(shop: Shop) -> None:
    # Calls fail for as long as the alarm asks for.
    for _ in range(3):
        shop.order()
        shop.order()
        shop.invoke("local-clock", "--advance", "1m")
    new = until(lambda: next(iter(shop.mails("NEW BUG orders local: KeyError in r1")), None))
    page = until(lambda: next(iter(shop.mails("ALARM orders local: errors")), None))
    assert "new KeyError" in page["Subject"]
    text = page.get_content()
    assert "NEW KeyError: 'pot'" in text
    assert "handler.py:10" in text
    command = re.search(r"^Type: +\S+ (errors-show (v1:[0-9a-f]+) --stage local)\s*$", text, re.M)
    assert command is not None, text
    assert command[1] in new.get_content()
    fingerprint = command[2]

    # The page's own command: what it is, and what to type next.
    shown = shop.invoke(*command[1].split())
    assert "KeyError: 'pot'" in shown.stdout
    assert '"sku": "pot"' in shown.stdout
    following = re.search(r"errors-repro (\w+) --stage local", shown.stderr)
    assert following is not None, shown.stderr
    test = shop.invoke("errors-repro", following[1], "--stage", "local").stdout.strip()
    assert "1 xfailed" in pytest_of(shop, test, 0)

    shop.replace(HANDLER, BROKEN, FIXED)
    assert "XPASS(strict)" in pytest_of(shop, test, 1)
    shop.release("r2")
    assert f"errors-resolve {fingerprint} --stage local" in shown.stderr
    shop.invoke("errors-resolve", fingerprint, "--stage", "local", "--release", "r2")
    shop.order()
    assert shop.json("bugs", "--stage", "local") == []

    shop.replace(HANDLER, FIXED, BROKEN)
    shop.release("r3")
    shop.order()
    back = until(lambda: next(iter(shop.mails("REGRESSED BUG orders local")), None))
    assert back["Subject"] == "REGRESSED BUG orders local: KeyError in r3"
    assert command[1] in back.get_content()
    (bug,) = shop.json("bugs", "--stage", "local")
    assert (bug["fingerprint"], bug["status"]) == (fingerprint, "regressed")
    suspects = shop.json("errors-show", fingerprint, "--stage", "local")["suspects"]
    assert [commit["subject"] for commit in suspects["commits"]] == ["Make r3"]
