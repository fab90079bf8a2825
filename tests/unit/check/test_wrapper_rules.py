"""A handler that errorlog does not see is found, wherever it is defined."""

from dataclasses import replace

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.check.wrapper_rules import wrapper
from tocsin.findings import Severity

BARE = "def handler(event, context):\n    return event\n"
WRAPPED = "import errorlog\n\n@errorlog.record_errors\n" + BARE
ERROR, WARNING = Severity.ERROR, Severity.WARNING

HANDLERS = [
    # files of the function, and what is found
    ({"handler": BARE}, ERROR),
    ({"handler": "import errorlog\n" + BARE}, ERROR),
    ({"handler": "from other import record_errors\n\n@record_errors\n" + BARE}, ERROR),
    ({"handler": WRAPPED}, None),
    ({"handler": "import errorlog as log\n\n@log.record_errors\n" + BARE}, None),
    ({"handler": "from errorlog import record_errors as guard\n\n@guard\n" + BARE}, None),
    ({"handler": "from errorlog import record_errors\n\n@record_errors(stage='x')\n" + BARE}, None),
    ({"handler": "import errorlog\ndef run(e, c): ...\nhandler = errorlog.record_errors(run)"},
     None),
    ({"handler": "import errorlog\nhandler: object = cors(errorlog.record_errors(run))"}, None),
    ({"handler": "import errorlog\nhandler = cors(run)\ndef run(e, c): ..."}, ERROR),
    ({"handler": "handler = cors(run)\n" + WRAPPED.replace("def handler", "def run")}, None),
    # from another module of the function
    ({"handler": "from work import handler", "work": WRAPPED}, None),
    ({"handler": "from work import handler", "work": BARE}, ERROR),
    ({"handler": "from work import main as handler",
      "work": WRAPPED.replace("def handler", "def main")}, None),
    ({"handler": "from work import main as handler", "work": WRAPPED}, ERROR),
    ({"handler": "from work import *", "work": WRAPPED}, None),
    ({"handler": "from api.http import handler", "api/http": WRAPPED}, None),
    ({"handler": "from api import handler", "api/__init__": "from .http import handler",
      "api/http": "from .base import handler", "api/base": WRAPPED}, None),
    ({"handler": "from work import run\nhandler = cors(run)",
      "work": WRAPPED.replace("def handler", "def run")}, None),
    ({"handler": "try:\n    from work import handler\nexcept ImportError:\n    handler = None",
      "work": WRAPPED}, None),
    ({"handler": "from work import handler", "../_shared/work": WRAPPED}, None),
    ({"handler": "from work import handler", "work": BARE, "../_shared/work": WRAPPED}, ERROR),
    # modules that import each other, or cannot be read
    ({"handler": "from work import handler", "work": "from handler import handler"}, ERROR),
    ({"handler": "from work import handler", "work": "def handler(:"}, ERROR),
    # not the project's
    ({"handler": "from vendor.lambdas import handler"}, WARNING),
    ({"handler": "from errorlog import record_errors as handler"}, ERROR),
]  # fmt: skip


@pytest.mark.parametrize(("modules", "severity"), HANDLERS)
def test_a_handler_without_the_error_log_is_found(tmp_path, modules, severity) -> None:
    folder = tmp_path / "functions" / "orders"
    for name, source in modules.items():
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    stage = config.load(DEMO, "dev")
    found = list(wrapper(replace(stage.function("orders"), source=folder)))
    assert [(each.severity, each.subject) for each in found] == (
        [(severity, "orders")] if severity else []
    )


def test_a_handler_in_a_folder_is_the_module_of_that_folder(tmp_path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "http.py").write_text("from .base import entry")
    (tmp_path / "api" / "base.py").write_text(WRAPPED.replace("def handler", "def entry"))
    function = config.load(DEMO, "dev").function("orders")
    assert not list(wrapper(replace(function, source=tmp_path, handler="api/http.entry")))
    (bare,) = wrapper(replace(function, source=tmp_path, handler="api/http.other"))
    assert bare.message == "other() in functions/orders/api/http.py is not decorated with errorlog"
