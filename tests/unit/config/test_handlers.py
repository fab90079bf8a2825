"""Where a handler's code is: a folder each, one folder of many, or the project as a whole."""

from pathlib import Path

import pytest

from tests.unit.config.monitoring_files import GOOD, HANDLER, problems_of
from tocsin import config
from tocsin.config import ConfigError

LAMBDA_HANDLER = "def lambda_handler(event, context): ...\n"

# (settings of the function `orders`, the file with its handler) -> (folder of the code)
LAYOUTS = [
    ("handler: app.lambda_handler", "functions/orders/app.py", "functions/orders"),
    ("handler: src/handlers/foo.lambda_handler", "src/handlers/foo.py", "."),
    ("handler: src.handlers.foo.lambda_handler", "src/handlers/foo/__init__.py", "."),
    ("handler: src/my-handlers/2foo.lambda_handler", "src/my-handlers/2foo.py", "."),
    ("handler: functions/shop/list.lambda_handler", "functions/shop/list.py", "."),
    ("{handler: list.lambda_handler, source: services/shop}", "services/shop/list.py",
     "services/shop"),
    ("{handler: src/a.lambda_handler}", "functions/orders/src/a.py", "functions/orders"),
    ("{handler: main.lambda_handler, source: .}", "main.py", "."),
]  # fmt: skip


def project_with(root: Path, settings: str, file: str) -> Path:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(LAMBDA_HANDLER)
    settings = settings if settings.startswith("{") else f"{{{settings}}}"
    (root / "monitoring.yml").write_text(
        f"service: shop\nstages: {{dev: {{}}}}\nfunctions: {{orders: {settings}}}\n"
    )
    return root


@pytest.mark.parametrize(("settings", "file", "folder"), LAYOUTS)
def test_the_handler_says_where_the_code_is(tmp_path, settings, file, folder) -> None:
    (function,) = config.load(project_with(tmp_path, settings, file)).functions
    assert (function.folder, function.source) == (folder, tmp_path / folder)
    assert function.handler in settings


def test_a_handler_that_is_nowhere_is_named(tmp_path) -> None:
    root = project_with(tmp_path, "handler: src/handlers/foo.lambda_handler", "src/handlers/bar.py")
    with pytest.raises(ConfigError, match=r"no file functions/orders/src/handlers/foo\.py"):
        config.load(root)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"import os\ndef lambda_handler(:\n", "no Python in app/orders.py:2: invalid syntax"),
        (b"x = '\xff'\n", "no Python in app/orders.py"),
        (b"x = 1\0\n", "no Python in app/orders.py"),
        (b"x = 1\n", "no lambda_handler in app/orders.py"),
    ],
)
def test_a_handler_that_is_no_python_is_told_from_one_that_is_not_there(
    tmp_path, text, found
) -> None:
    root = project_with(tmp_path, "handler: app/orders.lambda_handler", "app/orders.py")
    (root / "app/orders.py").write_bytes(text)
    with pytest.raises(ConfigError) as raised:
        config.load(root)
    assert f"functions.orders.handler: found {found}" in str(raised.value)


ELSEWHERE = [
    "{handler: vendor.handler, layers: ['arn:aws:lambda:us-east-1:1:layer:vendor:1']}",
    "{handler: app.handler, package: {artifact: built.zip}}",
    "{handler: index.handler, runtime: nodejs22.x}",
    "{image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:" + 64 * "0" + "'}",
]


@pytest.mark.parametrize("settings", ELSEWHERE)
def test_what_is_not_in_the_project_is_not_looked_for(tmp_path, settings) -> None:
    assert config.load(project_with(tmp_path, settings, "unrelated.py")).functions


RE_EXPORTED = [
    "from work import handler",
    "from work import main as handler",
    "from work import *",
    "import work as handler",
    "handler = object()",
    "handler: object = object()",
    "first, (handler, *rest) = work()",
    "class handler:\n    pass",
    "try:\n    from work import handler\nexcept ImportError:\n    handler = None",
    "if True:\n    def handler(event, context): ...",
    "with open('x'):\n    handler = 1",
    # What binds it is no statement of the module's: its text does not tell.
    "globals()['handler'] = make()",
    "globals().update(handler=make())",
    "setattr(sys.modules[__name__], 'handler', make())",
    "exec('handler = make()')",
    "def __getattr__(name): ...",
    "def install():\n    global handler\n    handler = make()",
]


@pytest.mark.parametrize("code", RE_EXPORTED)
def test_a_handler_is_whatever_the_module_calls_so(written, code) -> None:
    root = written(GOOD)
    (root / "functions" / "a" / "handler.py").write_text(code + "\n")
    assert config.load(root).functions[0].handler == "handler.handler"


@pytest.mark.parametrize(
    "code",
    [
        "def other(): ...",
        "def f():\n    handler = 1",
        "handler += 1",
        "work.handler = 1",
        "def f():\n    global other\n    other = 1",
        "setattr(work, 'handler', 1)",
        "class Work:\n    def __getattr__(self, name): ...",
    ],
)
def test_what_a_module_does_not_define_is_no_handler(written, code) -> None:
    root = written(GOOD)
    (root / "functions" / "a" / "handler.py").write_text(code + "\n")
    assert problems_of(root)["functions.a"][0] == "no handler in functions/a/handler.py"


@pytest.mark.parametrize("handler", ["src/api.handler", "src.api.handler"])
@pytest.mark.parametrize("file", ["api.py", "api/__init__.py"])
def test_a_handler_may_be_in_a_package(written, handler, file) -> None:
    root = written(GOOD.replace("{a: {}}", f"{{a: {{handler: {handler}}}}}"))
    path = root / "functions" / "a" / "src" / file
    path.parent.mkdir(parents=True)
    path.write_text(HANDLER)
    assert config.load(root).functions[0].handler == handler
