"""What installed libraries say when they raise has no secret in it, and is kept as it is."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import botocore
import cryptography
import pydantic
import urllib3

from errorlog.patterns import patterns
from tests.conftest import slow

LIBRARIES = [json, botocore, cryptography, pydantic, urllib3]
FOLDERS = [Path(str(library.__file__)).parent for library in LIBRARIES]
FOLDERS[0] = FOLDERS[0].parent  # all of Python's own
_PLACE = re.compile(r"%(?:\(\w+\))?[-#0-9.]*[srd]|\{[^{}]*\}")


@slow
def test_what_libraries_say_of_failures_stays() -> None:
    texts = {text for folder in FOLDERS for path in _programs(folder) for text in _raised(path)}
    assert len(texts) > 2_000
    read = patterns((), False).text
    hidden = sorted(text for text in texts if read(text) != text)
    assert len(hidden) * 1_000 <= len(texts), hidden


def _programs(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*.py"):
        if not {"test", "tests", "site-packages", "idlelib", "lib2to3"} & set(path.parts):
            yield path


def _raised(path: Path) -> Iterator[str]:
    """Texts that ``path`` raises with a word in each place, "orders"."""
    try:
        tree = ast.parse(path.read_text(errors="replace"))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from filter(None, map(_text, node.exc.args))


def _text(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value) or "orders" for value in values)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _PLACE.sub("orders", _text(left))
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _PLACE.sub("orders", _text(value))
    return ""
