"""The handler that wraps another: found by Lambda's own rule, wrapped once, errors unchanged."""

import asyncio
import importlib
import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from awslambdaric.bootstrap import FaultException, _get_handler

import errorlog
from tests.conftest import ROOT

os.environ.setdefault("ERROR_LOG_HANDLER", "json.dumps")  # what importing it loads
auto = importlib.import_module("errorlog.auto")

FILES = {
    "orders.py": "def handler(event, context):\n    return event['id']\n",
    "src/api/http.py": "def handler(event, context):\n    return event['id']\n",
    "lambda/app.py": "def handler(event, context):\n    return event['id']\n",
    "pack/__init__.py": "from pack.inner import handler\n",
    "pack/inner.py": "def handler(event, context):\n    return event['id']\n",
    "lacks.py": "import a_package_that_is_not_there\n",
    "syntax.py": "def handler(event, context:\n",
    "raises.py": "import os\nTABLE = os.environ['A_TABLE_THAT_IS_NOT_SET']\n",
    "exits.py": "raise SystemExit(3)\n",
    "bare.py": "other = 1\n",
    "decorated.py": (
        "import errorlog\n\n@errorlog.record_errors\ndef handler(event, context):\n"
        "    return event['id']\n"
    ),
    "vendor.py": (
        "import functools, importlib\n\nown = importlib.import_module('decorated').handler\n\n"
        "@functools.wraps(own)\ndef handler(event, context):\n    return own(event, context)\n"
    ),
    "two.py": (
        "def first(event, context):\n    return event['id']\n\n"
        "def second(event, context):\n    return event['key']\n"
    ),
    "objects.py": (
        "import functools\n\nclass Handler:\n    def __call__(self, event, context):\n"
        "        return event['id']\n\ninstance = Handler()\n\n"
        "def _with(extra, event, context):\n    return event['id']\n\n"
        "partial = functools.partial(_with, 1)\n\n"
        "class Routes:\n    def dispatch(self, event, context):\n        return event['id']\n\n"
        "method = Routes().dispatch\n"
    ),
    "waits.py": "async def handler(event, context):\n    return event['id']\n",
    "counts.py": "import sys\nsys.times = getattr(sys, 'times', 0) + 1\n\ndef handler(e, c): ...\n",
    "handler.py": "def handler(event, context):\n    return event['id']\n",
}


@pytest.fixture
def task_root(tmp_path, monkeypatch):
    """A function's folder on the path; what is loaded from it is forgotten afterwards."""
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def records(monkeypatch, capfd):
    """``records()``: those that were logged since; there is no table."""
    monkeypatch.delenv("ERROR_LOG_TABLE", raising=False)

    def read():
        lines = capfd.readouterr().out.splitlines()
        return [json.loads(line)["error_log_fallback"] for line in lines if "_fallback" in line]

    return read


LOADED = [
    "orders.handler", "src.api.http.handler", "src/api/http.handler", "src/api.http.handler",
    "lambda/app.handler", "lambda.app.handler", "pack.handler", "decorated.handler",
    "vendor.handler", "two.first", "objects.instance", "objects.partial", "objects.method",
    "handler.handler",
]  # fmt: skip


@pytest.mark.parametrize("name", LOADED)
def test_a_failure_is_one_record_and_the_error_is_the_same(task_root, records, name) -> None:
    handler = auto.load(name)
    assert handler({"id": 7}, context()) == 7
    records()
    with pytest.raises(KeyError):
        handler({}, context())
    assert [record["errorType"] for record in records()] == ["KeyError"]


def context():
    return SimpleNamespace(
        aws_request_id="1", function_name="f", get_remaining_time_in_millis=lambda: 3_000
    )


def test_a_coroutine_stays_one(task_root, records) -> None:
    handler = auto.load("waits.handler")
    with pytest.raises(KeyError):
        asyncio.run(handler({}, context()))
    assert len(records()) == 1


def test_one_that_is_decorated_is_left_as_it_is(task_root) -> None:
    assert auto.load("decorated.handler") is importlib.import_module("decorated").handler
    # What a vendor puts around it may raise itself.
    assert auto.load("vendor.handler") is not importlib.import_module("vendor").handler


def test_each_of_two_handlers_of_a_file_is_wrapped(task_root, records) -> None:
    for name in ("two.first", "two.second"):
        with pytest.raises(KeyError):
            auto.load(name)({}, context())
    assert len(records()) == 2


def test_its_module_runs_once(task_root) -> None:
    sys.times = 0
    auto.load("counts.handler")
    assert sys.times == 1
    del sys.times


REFUSED = [
    "nowhere.handler", "lacks.handler", "syntax.handler", "raises.handler", "exits.handler",
    "bare.handler", "sys.handler", "no_dot", "src/nowhere/x.handler", "pack.nowhere.handler",
]  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_loaded_is_the_same_error_as_before(task_root, name) -> None:
    with pytest.raises(BaseException) as bare:  # noqa: PT011 - whatever it is
        _get_handler(name)
    for module in ("lacks", "syntax", "raises", "exits", "bare"):
        sys.modules.pop(module, None)
    with pytest.raises(BaseException) as wrapped:  # noqa: PT011
        auto.load(name)
    assert type(wrapped.value) is type(bare.value)
    assert str(wrapped.value) == str(bare.value)
    assert vars(wrapped.value) == vars(bare.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "is not set"), ("errorlog.auto.handler", "itself"), ("errorlog/auto.handler", "itself")],
)
def test_no_handler_and_itself_fail_clearly(name, said) -> None:
    with pytest.raises(FaultException) as raised:
        auto.load(name)
    assert raised.value.exception_type == FaultException.MALFORMED_HANDLER_NAME
    assert said in raised.value.msg


@pytest.mark.parametrize("name", [*LOADED, "lacks.handler", "raises.handler", "no_dot", ""])
def test_without_lambdas_runtime_the_same_is_found(task_root, monkeypatch, name) -> None:
    monkeypatch.setitem(sys.modules, "awslambdaric.bootstrap", None)
    if name in LOADED:
        assert auto.load(name)({"id": 7}, context()) == 7
    else:
        with pytest.raises((ImportError, KeyError, auto.MalformedHandlerName)):
            auto.load(name)


def test_in_a_process_of_its_own_as_lambda_starts_it(task_root) -> None:
    """Archive and layer side by side; nothing that SnapStart would freeze is made at import."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "from awslambdaric.bootstrap import _get_handler\n"
        "handler = _get_handler('errorlog.auto.handler')\n"
        "made = {'boto3', 'botocore', 'random', 'secrets', 'uuid', 'socket'} & set(sys.modules)\n"
        "made -= BEFORE\n"
        "assert not made, made\n"
        "assert handler({'id': 7}, None) == 7\n"
    ).replace("handler = _get", "BEFORE = set(sys.modules)\nhandler = _get", 1)
    done = subprocess.run(
        [sys.executable, "-c", code, str(task_root), str(ROOT)],
        env={**os.environ, "ERROR_LOG_HANDLER": "src/api/http.handler"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_mark_is_of_what_the_decorator_made() -> None:
    from errorlog.handler import is_recorded

    def plain(event, context): ...

    assert not is_recorded(plain)
    assert is_recorded(errorlog.record_errors(plain))
