"""A handler that errorlog does not see is found, wherever it is defined."""

from dataclasses import replace

import pytest

from tests.conftest import DEMO, seldom
from tocsin import config
from tocsin.check.wrapper_rules import wrapper
from tocsin.findings import Severity

BARE = "def handler(event, context):\n    return event\n"
WRAPPED = "import errorlog\n\n@errorlog.record_errors\n" + BARE
WATCHED = "import errorlog\ndef watched(f):\n    return errorlog.record_errors(f)\n"
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
    ({"handler": "import errorlog\nhandler: object = cors(errorlog.record_errors(run))"}, WARNING),
    ({"handler": "import errorlog\nhandler = cors(run)\ndef run(e, c): ..."}, ERROR),
    ({"handler": "handler = cors(run)\n" + WRAPPED.replace("def handler", "def run")}, WARNING),
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
      "work": WRAPPED.replace("def handler", "def run")}, WARNING),
    ({"handler": "try:\n    from work import handler\nexcept ImportError:\n    handler = None",
      "work": WRAPPED}, None),
    ({"handler": "from work import handler", "../_shared/work": WRAPPED}, None),
    ({"handler": "from work import handler", "work": BARE, "../_shared/work": WRAPPED}, ERROR),
    # modules that import each other, or cannot be read
    ({"handler": "from work import handler", "work": "from handler import handler"}, ERROR),
    ({"handler": "from work import handler", "work": "def handler(:"}, ERROR),
    # kinds of functions and of assignments
    ({"handler": WRAPPED.replace("def ", "async def ")}, None),
    ({"handler": "import errorlog\nhandler: object = errorlog.record_errors(run)"}, None),
    ({"handler": "handler: object\n" + WRAPPED}, None),
    ({"handler": "import errorlog\nguard = errorlog.record_errors(record_event=False)\n\n@guard\n"
      + BARE}, None),
    ({"handler": "import errorlog\nclass Orders:\n    @errorlog.record_errors\n"
      "    def handle(self, event, context): ...\nhandler = Orders().handle"}, None),
    ({"handler": "import errorlog\nclass Orders:\n    @errorlog.record_errors\n"
      "    def handle(self, event, context): ...\n"
      "orders = Orders()\nhandler = orders.handle"}, None),
    ({"handler": "class Orders:\n    def handle(self, event, context): ...\n"
      "handler = Orders().handle"}, ERROR),
    ({"handler": "import work\nhandler = work.handler", "work": WRAPPED}, None),
    ({"handler": "from api import http\nhandler = http.handler", "api/http": WRAPPED}, None),
    # a decorator of the project's own that goes through record_errors
    ({"handler": WATCHED + "\n@watched\n" + BARE}, None),
    ({"handler": "from common import watched\n\n@watched\n" + BARE,
      "../_shared/common": WATCHED},
     None),
    ({"handler": "from common import watched\n\n@watched\n" + BARE,
      "../_shared/common": "def watched(f):\n    return f"}, ERROR),
    # something around it
    ({"handler": WRAPPED.replace("@", "@logger.inject_lambda_context\n@")}, WARNING),
    ({"handler": WRAPPED.replace("def ", "@logger.inject_lambda_context\ndef ")}, None),
    ({"handler": WRAPPED.replace("@", "@durable_execution\n@")}, None),
    ({"handler": WRAPPED.replace("def ", "@durable_execution\ndef ")}, None),
    ({"handler": WRAPPED + "handler = cors(handler)"}, WARNING),
    # bound again, or on one path only
    ({"handler": WRAPPED + "handler = other"}, ERROR),
    ({"handler": WRAPPED + "def other(e, c): ...\nhandler = other"}, ERROR),
    ({"handler": WRAPPED + BARE}, ERROR),
    ({"handler": BARE + WRAPPED}, None),
    ({"handler": BARE + "import errorlog\nhandler = errorlog.record_errors(handler)"}, None),
    ({"handler": "import errorlog, os\nif os.environ.get('A'):\n    @errorlog.record_errors\n"
      "    def handler(e, c): ...\nelse:\n    @errorlog.record_errors\n    def handler(e, c): ..."},
     None),
    ({"handler": "import errorlog, os\nif os.environ.get('A'):\n    @errorlog.record_errors\n"
      "    def handler(e, c): ...\nelse:\n    def handler(e, c): ..."}, WARNING),
    ({"handler": WRAPPED + "if DEBUG:\n    def handler(e, c): ..."}, WARNING),
    # for items
    ({"handler": WRAPPED.replace("record_errors", "record_item_errors")}, ERROR),
    ({"handler": "from errorlog import record_item_errors as guard\nhandler = guard(run)"}, ERROR),
    # not the project's
    ({"handler": "from vendor.lambdas import handler"}, WARNING),
    ({"handler": "from errorlog import record_errors as handler"}, ERROR),
]  # fmt: skip


@pytest.mark.parametrize(("modules", "severity"), seldom(HANDLERS, 3))
def test_a_handler_without_the_error_log_is_found(tmp_path, modules, severity) -> None:
    folder = tmp_path / "functions" / "orders"
    for name, source in modules.items():
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    stage = config.load(DEMO, "dev")
    found = list(wrapper(replace(stage.function("orders"), source=folder)))
    assert [(finding.severity, finding.subject) for finding in found] == (
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


PLACES = [
    # the handler, the files of the function, and where the finding says that it is
    ("handler.handler", {"handler": BARE}, "handler() in functions/orders/handler.py"),
    ("refunds.handler", {"refunds/__init__": BARE},
     "handler() in functions/orders/refunds/__init__.py"),
    ("api.refunds.handler", {"api/refunds/__init__": BARE},
     "handler() in functions/orders/api/refunds/__init__.py"),
    # of a package and a module of one name, Python takes the package
    ("refunds.handler", {"refunds": WRAPPED, "refunds/__init__": BARE},
     "handler() in functions/orders/refunds/__init__.py"),
    ("work.handler", {"../_shared/work": BARE}, "handler() in functions/_shared/work.py"),
    # where it is imported from
    ("handler.handler", {"handler": "from work import main as handler",
                         "work": BARE.replace("handler", "main")},
     "main() in functions/orders/work.py"),
    ("api.handler", {"api/__init__": "from .http import *", "api/http": "from .base import handler",
                     "api/base": BARE}, "handler() in functions/orders/api/base.py"),
    ("handler.handler", {"handler": "from common import handler", "../_shared/common": BARE},
     "handler() in functions/_shared/common.py"),
    ("handler.handler", {"handler": "from work import handler", "work": "handler = cors(run)"},
     "handler() in functions/orders/work.py"),
    # what no text of the project's binds is where it was looked for
    ("handler.handler", {"handler": "from vendor import handler"},
     "handler() in functions/orders/handler.py"),
    ("handler.handler", {"handler": "from work import handler", "work": ""},
     "handler() in functions/orders/handler.py"),
    ("handler.handler", {"handler": "from work import handler", "work": "def handler(:"},
     "handler() in functions/orders/handler.py"),
    ("handler.handler", {"handler": "from errorlog import record_errors as handler"},
     "handler() in functions/orders/handler.py"),
    ("layered.entry.handler", {}, "handler() in functions/orders/layered/entry.py"),
]  # fmt: skip


@pytest.mark.parametrize(("handler", "modules", "place"), PLACES)
def test_the_file_that_is_named_is_the_one_that_has_the_handler(
    tmp_path, handler, modules, place
) -> None:
    folder = tmp_path / "functions" / "orders"
    for name, source in modules.items():
        file = folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    function = replace(config.load(DEMO, "dev").function("orders"), source=folder, handler=handler)
    (found,) = wrapper(function)
    assert place in found.message


@pytest.mark.parametrize("ring", [1, 2, 3])
def test_modules_that_import_a_handler_from_one_another_end(tmp_path, ring) -> None:
    for number in range(ring):
        following = f"from m{(number + 1) % ring} import handler"
        (tmp_path / f"m{number}.py").write_text(following)
    function = config.load(DEMO, "dev").function("orders")
    (found,) = wrapper(replace(function, source=tmp_path, handler="m0.handler"))
    assert found.message.startswith("handler() in functions/orders/m")


def test_branches_hundreds_deep_are_not_followed(tmp_path) -> None:
    branches = "if a: ...\n" + "elif a: ...\n" * 300 + "else:\n    from work import handler\n"
    (tmp_path / "handler.py").write_text(branches)
    (found,) = wrapper(replace(config.load(DEMO, "dev").function("orders"), source=tmp_path))
    assert "handler() in functions/orders/handler.py" in found.message


@pytest.mark.parametrize("handler", ["src/handlers/foo.handler", "src.handlers.foo.handler"])
def test_a_handler_is_found_by_slashes_and_by_dots(tmp_path, handler) -> None:
    (tmp_path / "src" / "handlers" / "foo").mkdir(parents=True)
    (tmp_path / "src" / "handlers" / "foo" / "__init__.py").write_text(WRAPPED)
    function = config.load(DEMO, "dev").function("orders")
    assert not list(wrapper(replace(function, source=tmp_path, handler=handler)))
