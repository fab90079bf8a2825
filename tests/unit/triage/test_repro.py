"""The written test: it reproduces the failure, and notices when it is gone or another."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import DEEP, ROOT, deep, slow
from tocsin import config, triage
from tocsin.exceptions import InputError

pytestmark = slow

BUGGY = '''"""Prices."""

import errorlog


def price(order):
    return order["quantity"] * order["price"]


@errorlog.record_errors
def handler(event, context):
    return {"price": price(event)}
'''
FIXED = BUGGY.replace('order["price"]', 'order.get("price", 1)')
OTHERWISE_BROKEN = BUGGY.replace('order["quantity"]', 'order["customer"]')
SHIFTED = BUGGY.replace('"""Prices."""', '"""Prices."""\n\nUNUSED = 1')
EVENT = {"quantity": 3, "note": "it's \"quoted\" \\ \n and ['listed']"}


@pytest.fixture
def checkout(tmp_path):
    """A project with one function that fails, and what a call of it leaves as a record."""
    root = tmp_path / "a project"
    (root / "functions" / "orders").mkdir(parents=True)
    (root / "errorlog").symlink_to(ROOT / "errorlog")
    (root / "monitoring.yml").write_text(
        "service: shop\nstages: {dev: {}}\nfunctions: {orders: {}}\n"
    )
    (root / "functions" / "orders" / "handler.py").write_text(BUGGY)
    return root


@pytest.fixture
def record(checkout):
    """The record of a call on Lambda, which the fallback line has."""
    code = (
        "import json, types, handler\n"
        "context = types.SimpleNamespace(aws_request_id='r-1',"
        " function_name='orders-function-dev')\n"
        f"handler.handler(json.loads({json.dumps(json.dumps(EVENT))}), context)\n"
    )
    folder = checkout / "functions" / "orders"
    environment = {
        "LAMBDA_TASK_ROOT": str(folder),
        "PYTHONPATH": f"{folder}:{ROOT}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout)["error_log_fallback"]


def run(root, file) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)],
        cwd=root,
        # Without the plugins that happen to be installed here, which take a second to load.
        env={
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def written(checkout, record):
    return triage.write_repro(checkout, config.load(checkout, "dev"), record)


def test_it_is_named_after_function_and_record(checkout, written, record) -> None:
    name = f"test_orders_{record['errorId'].lower()}.py"
    assert written == (checkout / "tests" / "repro" / name).resolve()


CASES = [
    (BUGGY, 0, "1 xfailed"),
    (SHIFTED, 0, "1 xfailed"),
    (FIXED, 1, "XPASS(strict)"),
    (OTHERWISE_BROKEN, 1, "KeyError: 'customer'"),
]


@pytest.mark.parametrize(("code", "exit_code", "said"), CASES if DEEP else CASES[1:3])
def test_what_it_says_of_the_code(checkout, written, code, exit_code, said) -> None:
    (checkout / "functions" / "orders" / "handler.py").write_text(code)
    done = run(checkout, written)
    assert (done.returncode, said in done.stdout) == (exit_code, True), done.stdout


@deep
def test_without_the_mark_it_guards_the_fix(checkout, written) -> None:
    text = written.read_text()
    kept = [line for line in text.splitlines() if not line.startswith("@pytest.mark.xfail")]
    written.write_text("\n".join(kept))
    assert run(checkout, written).returncode == 1
    (checkout / "functions" / "orders" / "handler.py").write_text(FIXED)
    assert run(checkout, written).returncode == 0


def test_an_item_of_a_batch_is_replayed_in_a_batch(checkout, record) -> None:
    stage = config.load(checkout, "dev")
    file = triage.write_repro(checkout, stage, record | {"itemId": "m-1"})
    assert "EVENT = {'Records': [{'quantity': 3" in file.read_text()


REFUSED = [
    ({"source": "platform"}, "recorded from the platform's log"),
    ({"event": None}, "has no event"),
    ({"functionName": "gone-function-dev"}, "which monitoring.yml does not have"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_cannot_be_replayed_is_said(checkout, record, changes, message) -> None:
    changed = {k: v for k, v in (record | changes).items() if v is not None}
    with pytest.raises(triage.NotReplayable, match=message):
        triage.write_repro(checkout, config.load(checkout, "dev"), changed)
    assert not (checkout / "tests").exists()


def test_a_file_that_exists_is_not_overwritten(checkout, written, record) -> None:
    with pytest.raises(InputError, match="exists; remove it"):
        triage.write_repro(checkout, config.load(checkout, "dev"), record)


def test_output_stays_in_the_project(checkout, record) -> None:
    with pytest.raises(InputError, match="--output"):
        triage.write_repro(checkout, config.load(checkout, "dev"), record, "../out.py")
