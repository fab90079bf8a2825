"""Shapes in which a handler is bound and decorated, and what is found of each.

A handler that is decorated is never called bare, whatever stands around it; one whose text does not
tell is not called so, either.
"""

import pytest

from tocsin.check.handler_wrapping import wrapping
from tocsin.check.wrapper_rules import FINDINGS
from tocsin.check.wrapping_verdicts import Wrapping
from tocsin.findings import Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING
ERRORLOG = "import errorlog\n"
BARE = "def handler(event, context):\n    return event\n"
CORS = "def cors(f):\n    def inner(e, c):\n        return f(e, c)\n    return inner\n"

SHAPES = {
    "idempotent inside": (
        ERRORLOG
        + (
            "from aws_lambda_powertools.utilities.idempotency import idempotent\n"
            "@errorlog.record_errors\n"
            "@idempotent(persistence_store=store)\n"
        )
        + BARE,
        None,
    ),
    "idempotent outside": (
        ERRORLOG + ("@idempotent(persistence_store=store)\n@errorlog.record_errors\n") + BARE,
        WARNING,
    ),
    "tracer outside": (
        ERRORLOG + ("@tracer.capture_lambda_handler\n@errorlog.record_errors\n") + BARE,
        WARNING,
    ),
    "event_parser outside": (
        ERRORLOG + ("@event_parser(model=Order)\n@errorlog.record_errors\n") + BARE,
        WARNING,
    ),
    "batch_processor outside": (
        ERRORLOG
        + ("@batch_processor(record_handler=r, processor=p)\n@errorlog.record_errors()\n")
        + BARE,
        WARNING,
    ),
    "four inside": (
        ERRORLOG
        + (
            "@errorlog.record_errors()\n"
            "@tracer.capture_lambda_handler\n"
            "@logger.inject_lambda_context(log_event=True)\n"
            "@metrics.log_metrics\n"
            "@event_parser\n"
        )
        + BARE,
        None,
    ),
    "walrus": (ERRORLOG + ("def run(e,c): ...\n(handler := errorlog.record_errors(run))\n"), None),
    "walrus bare": (ERRORLOG + ("def run(e,c): ...\n(handler := run)\n"), ERROR),
    "walrus in if": (
        ERRORLOG + ("def run(e,c): ...\nif (handler := errorlog.record_errors(run)):\n    pass\n"),
        None,
    ),
    "walrus in assign": (
        ERRORLOG + ("def run(e,c): ...\nx = (handler := errorlog.record_errors(run))\n"),
        None,
    ),
    "rebound wrapped twice": (
        ERRORLOG
        + (
            "def handler(event, context):\n"
            "    return event\n"
            "handler = errorlog.record_errors(handler)\n"
            "handler = errorlog.record_errors(handler)\n"
        ),
        None,
    ),
    "chain assign": (
        ERRORLOG + ("def run(e,c): ...\nmain = handler = errorlog.record_errors(run)\n"),
        None,
    ),
    "tuple assign": (
        ERRORLOG + ("def run(e,c): ...\nhandler, other = errorlog.record_errors(run), 1\n"),
        None,
    ),
    "tuple assign bare": (
        ERRORLOG + ("def run(e,c): ...\nother, handler = errorlog.record_errors(run), run\n"),
        ERROR,
    ),
    "partial around": (
        ERRORLOG
        + (
            "from functools import partial\n"
            "@errorlog.record_errors\n"
            "def run(x, e, c): ...\n"
            "handler = partial(run, 1)\n"
        ),
        None,
    ),
    "partial inside": (
        ERRORLOG
        + (
            "from functools import partial\n"
            "def run(x, e, c): ...\n"
            "handler = errorlog.record_errors(partial(run, 1))\n"
        ),
        None,
    ),
    "lambda": (ERRORLOG + ("handler = errorlog.record_errors(lambda e, c: 1)\n"), None),
    "lambda bare": (ERRORLOG + ("handler = lambda e, c: 1\n"), ERROR),
    "lambda calls wrapped": (
        ERRORLOG
        + ("@errorlog.record_errors\ndef run(e, c): ...\nhandler = lambda e, c: run(e, c)\n"),
        ERROR,
    ),
    "function calls wrapped": (
        ERRORLOG
        + (
            "@errorlog.record_errors\n"
            "def run(e, c): ...\n"
            "def handler(e, c):\n"
            "    return run(e, c)\n"
        ),
        ERROR,
    ),
    "no wraps": (ERRORLOG + CORS + ("@cors\n@errorlog.record_errors\n") + BARE, WARNING),
    "no wraps inside": (ERRORLOG + CORS + ("@errorlog.record_errors\n@cors\n") + BARE, None),
    "with statement": (
        ERRORLOG
        + (
            "with open('/dev/null') as f:\n"
            "    @errorlog.record_errors\n"
            "    def handler(e, c): ...\n"
        ),
        None,
    ),
    "for": (
        ERRORLOG + ("for x in (1,):\n    @errorlog.record_errors\n    def handler(e, c): ...\n"),
        None,
    ),
    "match": (
        ERRORLOG
        + (
            "import os\n"
            "match os.name:\n"
            "    case 'x':\n"
            "        @errorlog.record_errors\n"
            "        def handler(e, c): ...\n"
            "    case _:\n"
            "        @errorlog.record_errors\n"
            "        def handler(e, c): ...\n"
        ),
        None,
    ),
    "match half": (
        ERRORLOG
        + (
            "import os\n"
            "match os.name:\n"
            "    case 'x':\n"
            "        @errorlog.record_errors\n"
            "        def handler(e, c): ...\n"
            "    case _:\n"
            "        def handler(e, c): ...\n"
        ),
        WARNING,
    ),
    "try else": (
        ERRORLOG
        + (
            "try:\n"
            "    import x\n"
            "except ImportError:\n"
            "    pass\n"
            "else:\n"
            "    pass\n"
            "finally:\n"
            "    @errorlog.record_errors\n"
            "    def handler(e, c): ...\n"
        ),
        None,
    ),
    "ternary": (
        ERRORLOG
        + (
            "def run(e,c): ...\n"
            "handler = errorlog.record_errors(run) if 1 else errorlog.record_errors(run)\n"
        ),
        None,
    ),
    "ternary half": (
        ERRORLOG + ("def run(e,c): ...\nhandler = errorlog.record_errors(run) if 1 else run\n"),
        WARNING,
    ),
    "static method": (
        ERRORLOG
        + (
            "class O:\n"
            "    @staticmethod\n"
            "    @errorlog.record_errors\n"
            "    def handle(e, c): ...\n"
            "handler = O.handle\n"
        ),
        None,
    ),
    "class method": (
        ERRORLOG
        + (
            "class O:\n"
            "    @classmethod\n"
            "    @errorlog.record_errors\n"
            "    def handle(cls, e, c): ...\n"
            "handler = O.handle\n"
        ),
        None,
    ),
    "method outer static": (
        ERRORLOG
        + (
            "class O:\n"
            "    @errorlog.record_errors\n"
            "    @staticmethod\n"
            "    def handle(e, c): ...\n"
            "handler = O.handle\n"
        ),
        None,
    ),
    "callable object": (
        ERRORLOG
        + (
            "class O:\n"
            "    @errorlog.record_errors\n"
            "    def __call__(self, e, c): ...\n"
            "handler = O()\n"
        ),
        None,
    ),
    "callable object bare": (
        ERRORLOG + ("class O:\n    def __call__(self, e, c): ...\nhandler = O()\n"),
        ERROR,
    ),
    "callable object wrapped": (
        ERRORLOG
        + ("class O:\n    def __call__(self, e, c): ...\nhandler = errorlog.record_errors(O())\n"),
        None,
    ),
    "inherited method": (
        ERRORLOG
        + (
            "class A:\n"
            "    @errorlog.record_errors\n"
            "    def handle(self, e, c): ...\n"
            "class O(A):\n"
            "    pass\n"
            "handler = O().handle\n"
        ),
        None,
    ),
    "factory": (
        ERRORLOG
        + (
            "def make():\n"
            "    @errorlog.record_errors\n"
            "    def inner(e, c): ...\n"
            "    return inner\n"
            "handler = make()\n"
        ),
        None,
    ),
    "factory bare": (
        ERRORLOG + ("def make():\n    def inner(e, c): ...\n    return inner\nhandler = make()\n"),
        ERROR,
    ),
    "dict lookup": (
        ERRORLOG
        + (
            "def run(e,c): ...\n"
            "HANDLERS = {'a': errorlog.record_errors(run)}\n"
            "handler = HANDLERS['a']\n"
        ),
        WARNING,
    ),
    "global in function": (
        ERRORLOG
        + (
            "def run(e,c): ...\n"
            "def setup():\n"
            "    global handler\n"
            "    handler = errorlog.record_errors(run)\n"
            "setup()\n"
        ),
        WARNING,
    ),
    "middleware factory": (
        ERRORLOG
        + (
            "@lambda_handler_decorator\n"
            "def mw(handler, event, context):\n"
            "    return handler(event, context)\n"
            "@errorlog.record_errors\n"
            "@mw\n"
        )
        + BARE,
        None,
    ),
    "alias of module": (("import errorlog as el\nrec = el.record_errors\n@rec\n") + BARE, None),
    "alias of alias": (
        ERRORLOG + ("rec = errorlog.record_errors\nrec2 = rec\n@rec2\n") + BARE,
        None,
    ),
    "record via partial": (
        ERRORLOG
        + (
            "from functools import partial\n"
            "guard = partial(errorlog.record_errors, record_event=False)\n"
            "@guard\n"
        )
        + BARE,
        None,
    ),
    "nested decorators compose": (
        ERRORLOG + ("def both(f):\n    return errorlog.record_errors(cors(f))\n@both\n") + BARE,
        None,
    ),
    "deco class": (
        ERRORLOG
        + (
            "class Guard:\n"
            "    def __init__(self, f):\n"
            "        self.f = errorlog.record_errors(f)\n"
            "    def __call__(self, e, c):\n"
            "        return self.f(e, c)\n"
            "@Guard\n"
        )
        + BARE,
        None,
    ),
    "decorator attr": (
        ERRORLOG
        + ("import types\nns = types.SimpleNamespace(guard=errorlog.record_errors)\n@ns.guard\n")
        + BARE,
        None,
    ),
    "async": (ERRORLOG + ("@errorlog.record_errors\nasync def handler(e, c): ...\n"), None),
    "try import errorlog": (
        (
            "try:\n"
            "    import errorlog\n"
            "except ImportError:\n"
            "    errorlog = None\n"
            "@errorlog.record_errors\n"
        )
        + BARE,
        None,
    ),
    "type checking": (
        (
            "from typing import TYPE_CHECKING\n"
            "import errorlog\n"
            "if TYPE_CHECKING:\n"
            "    def handler(e, c): ...\n"
            "else:\n"
            "    @errorlog.record_errors\n"
            "    def handler(e, c): ...\n"
        ),
        None,
    ),
    "overload": (
        (
            "from typing import overload\n"
            "import errorlog\n"
            "@overload\n"
            "def handler(e: int, c): ...\n"
            "@overload\n"
            "def handler(e: str, c): ...\n"
            "@errorlog.record_errors\n"
            "def handler(e, c): ...\n"
        ),
        None,
    ),
    "augmented": (
        ERRORLOG
        + (
            "@errorlog.record_errors\n"
            "def handler(event, context):\n"
            "    return event\n"
            "handler.tags = 1\n"
        ),
        None,
    ),
    "if name main": (
        ERRORLOG
        + (
            "@errorlog.record_errors\n"
            "def handler(event, context):\n"
            "    return event\n"
            "if __name__ == '__main__':\n"
            "    handler = print\n"
        ),
        None,
    ),
    "durable outer": (ERRORLOG + ("@durable_execution\n@errorlog.record_errors\n") + BARE, None),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_what_it_is(shape, tmp_path) -> None:
    source, severity = SHAPES[shape]
    (tmp_path / "handler.py").write_text(source)
    found = wrapping((tmp_path,), "handler.handler") or Wrapping.BARE
    assert FINDINGS.get(found, (None, ""))[0] == severity


BASE = (
    "import errorlog\n"
    "class Base:\n"
    "    @errorlog.record_errors\n"
    "    def __call__(self, e, c): ...\n"
    "    handle = __call__\n"
    "class Bare:\n"
    "    def __call__(self, e, c): ...\n"
    "class Assigned:\n"
    "    def run(self, e, c): ...\n"
    "    handle = errorlog.record_errors(run)\n"
)
CLASSES_ELSEWHERE = {
    "from base import Base\nclass O(Base): ...\nhandler = O()": Wrapping.WRAPPED,
    "from base import Base as B\nclass O(B[str]): ...\nhandler = O()": Wrapping.WRAPPED,
    "import base\nclass O(base.Base): ...\nhandler = O()": Wrapping.WRAPPED,
    "import abc\nfrom base import Base\nclass O(abc.ABC, Base): ...\nhandler = O()": (
        Wrapping.WRAPPED
    ),
    "from base import Base\nhandler = Base()": Wrapping.WRAPPED,
    "from base import *\nclass O(Base): ...\nhandler = O()": Wrapping.WRAPPED,
    "from package.inner import Inherits\nhandler = Inherits()": Wrapping.WRAPPED,
    "import package.inner\nhandler = package.inner.Inherits()": Wrapping.WRAPPED,
    "from base import Assigned\nclass O(Assigned): ...\nhandler = O().handle": Wrapping.WRAPPED,
    "from base import Base\nclass O(Base):\n    def __call__(self, e, c): ...\nhandler = O()": (
        Wrapping.BARE
    ),
    "from base import Bare\nclass O(Bare): ...\nhandler = O()": Wrapping.BARE,
    "from base import Gone\nclass O(Gone): ...\nhandler = O()": Wrapping.BARE,
    "class O(O): ...\nhandler = O()": Wrapping.BARE,
    "from handler import O\nhandler = O()": Wrapping.BARE,
}


@pytest.mark.parametrize("text", CLASSES_ELSEWHERE)
def test_a_class_is_followed_to_the_module_that_defines_it(text, tmp_path) -> None:
    (tmp_path / "base.py").write_text(BASE)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    (tmp_path / "package" / "inner.py").write_text(
        "from base import Base\nclass Inherits(Base): ...\n"
    )
    (tmp_path / "handler.py").write_text(text + "\n")
    assert (wrapping((tmp_path,), "handler.handler") or Wrapping.BARE) is CLASSES_ELSEWHERE[text]
