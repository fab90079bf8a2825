"""A handler that answers with a coroutine or a generator is found; one that something runs is not.

Lambda awaits and reads nothing: it makes JSON of what the handler returns, and fails.
"""

from dataclasses import replace

import pytest

from tests.conftest import DEMO
from tests.unit.check.test_foreign_handlers import CASES, write
from tocsin import config
from tocsin.check.awaiting_rules import awaiting
from tocsin.check.completeness import completeness
from tocsin.cloudformation.template import Template
from tocsin.findings import Severity

HANDLER = "handler() in functions/orders/app.py"
ASYNC = (
    "{} is async, and Lambda does not await it: every call fails with Runtime.MarshalError; call "
    "it by asyncio.run in a function that is the handler"
)
GENERATOR = (
    "{} is a generator, and Lambda does not read it: every call fails with Runtime.MarshalError; "
    "return the answer as a whole"
)

FAILS = {
    "bare": ("async def handler(event, context): ...", ASYNC),
    "recorded": ("@errorlog.record_errors\nasync def handler(event, context): ...", ASYNC),
    "recorded with settings": (
        "@errorlog.record_errors(record_event=False)\nasync def handler(event, context): ...",
        ASYNC,
    ),
    "by another name": (
        "from errorlog import record_errors as guard\n@guard\nasync def handler(e, c): ...",
        ASYNC,
    ),
    "assigned": ("async def main(e, c): ...\nhandler = errorlog.record_errors(main)", ASYNC),
    "assigned with settings": (
        "async def main(e, c): ...\nhandler: object = errorlog.record_errors(stage='x')(main)",
        ASYNC,
    ),
    "bound again by itself": (
        "async def handler(e, c): ...\nhandler = errorlog.record_errors(handler)",
        ASYNC,
    ),
    "on both paths": (
        "if A:\n    async def handler(e, c): ...\nelse:\n    async def handler(e, c): yield",
        GENERATOR,
    ),
    "generator": ("@errorlog.record_errors\ndef handler(e, c):\n    yield {}", GENERATOR),
    "of another": ("def handler(e, c):\n    if e:\n        yield from c", GENERATOR),
    "asynchronous": ("async def handler(e, c):\n    x = yield", GENERATOR),
}


def found_in(tmp_path, modules: str, handler: str = "app.handler") -> list:
    write(modules, tmp_path)
    function = config.load(DEMO, "dev").function("orders")
    return list(awaiting(replace(function, source=tmp_path, handler=handler)))


@pytest.mark.parametrize("case", FAILS)
def test_a_handler_that_nothing_runs_fails_every_call(case, tmp_path) -> None:
    text, message = FAILS[case]
    (found,) = found_in(tmp_path, f"--- app.py\nimport errorlog\n{text}\n")
    assert (found.severity, found.subject) == (Severity.ERROR, "orders")
    assert found.message == message.format(HANDLER)


def test_it_is_followed_to_the_module_that_defines_it(tmp_path) -> None:
    modules = (
        "--- api/__init__.py\nfrom .http import *\n"
        "--- api/http.py\nfrom work import main as handler\n"
        "--- work.py\nasync def main(event, context): ...\n"
    )
    (found,) = found_in(tmp_path, modules, "api.handler")
    assert found.message == ASYNC.format("main() in functions/orders/work.py")


RUNS = {
    "function": "def handler(e, c): ...",
    "asyncio.run": "async def main(e, c): ...\ndef handler(e, c): return asyncio.run(main(e, c))",
    "asyncio.run by one name": (
        "async def handler(e, c): ...\nwork = handler\n"
        "def handler(e, c): return asyncio.run(work(e, c))"
    ),
    "a decorator below": "@errorlog.record_errors\n@run_async\nasync def handler(e, c): ...",
    "a decorator around": "@run_async\n@errorlog.record_errors\nasync def handler(e, c): ...",
    "an adapter": "async def app(e, c): ...\nhandler = errorlog.record_errors(Adapter(app))",
    "an adapter around": "async def app(e, c): ...\nhandler = Adapter(errorlog.record_errors(app))",
    "one of several": "async def app(e, c): ...\nhandler = HANDLERS['app']",
    "on one path": "async def handler(e, c): ...\nif A:\n    def handler(e, c): ...",
    "from a package": (
        "try:\n    from vendor import handler\nexcept ImportError:\n"
        "    async def handler(e, c): ..."
    ),
    "bound unseen": "async def handler(e, c): ...\nglobals()['handler'] = run(handler)",
    "a generator within": "def handler(e, c):\n    def lines():\n        yield\n    return 1",
    "generator expression": "def handler(e, c): return sum(x for x in e)",
    "lambda that yields": "def handler(e, c):\n    lines = lambda: (yield)\n    return 1",
    "of a class": "def handler(e, c):\n    class A:\n        def lines(self): yield\n    return 1",
    "manager": "@contextmanager\ndef handler(e, c): yield",
    "of itself": "handler = handler",
    "of itself recorded": "handler = errorlog.record_errors(handler)",
    "nothing to run": "handler = errorlog.record_errors()",
    "not there": "other = 1",
    "no Python": "async def handler(:",
    "branches hundreds deep": "if a: ...\n" + "elif a: ...\n" * 300 + "else:\n    handler = 1",
}


@pytest.mark.parametrize("case", RUNS)
def test_what_something_runs_or_may_run_is_left_alone(case, tmp_path) -> None:
    assert not found_in(tmp_path, f"--- app.py\nimport asyncio, errorlog\n{RUNS[case]}\n")


def test_of_the_handlers_of_other_teams_only_the_async_one_is_found(tmp_path) -> None:
    found = {
        name
        for number, (_, name, modules) in enumerate(CASES)
        if found_in(tmp_path / str(number), modules)
    }
    assert found == {"async"}


def test_names_for_names_on_two_paths_each_are_followed_once_each(tmp_path) -> None:
    """Two to the power of their number would not end."""
    lines = "async def a0(e, c): ...\n" + "".join(
        f"if A:\n    a{n + 1} = a{n}\nelse:\n    a{n + 1} = a{n}\n" for n in range(18)
    )
    (found,) = found_in(tmp_path, f"--- app.py\n{lines}handler = a18\n")
    assert found.message == ASYNC.format(HANDLER)


def test_check_looks_at_the_handler_of_each_function(compiled, tmp_path) -> None:
    (tmp_path / "handler.py").write_text("async def handler(event, context): ...")
    stage = config.load(DEMO, "dev")
    functions = [replace(function, source=tmp_path) for function in stage.functions]
    found = completeness(replace(stage, functions=functions), Template(compiled("dev")))
    assert sorted(each.subject for each in found if each.rule == "completeness/handler") == [
        "notifications",
        "orders",
        "payments",
    ]
