"""No text makes a regular expression of the error log or the collector slow.

Work is counted, not timed: a text four times as long may cost about four times the steps.
"""

import ast
import json
import os
import subprocess
import sys

import pytest

from tests.conftest import DEEP, slow
from tests.regex_growth import growth
from tests.regex_steps import is_unbounded
from tests.unit.errorlog.every_expression import FOLDERS, ROOT

pytestmark = slow

PUMPS = 10_000 if DEEP else 8
SLICES = 8 if DEEP else 1  # of the search, each some twenty seconds of a core
# Four is linear; small counts round it up, and sixteen is quadratic.
LINEAR = 8


@pytest.fixture(scope="module")
def expressions() -> list[tuple[str, int, str, int]]:
    """(file, line, expression, flags) of each."""
    program = os.path.join(os.path.dirname(__file__), "every_expression.py")
    done = subprocess.run(
        [sys.executable, program], capture_output=True, text=True, check=True, cwd=ROOT,
        env={**os.environ, "ERROR_LOG_HANDLER": "json.dumps"},  # what importing auto.py loads
    )  # fmt: skip
    return [tuple(found) for found in json.loads(done.stdout)]


@pytest.mark.parametrize(
    "expression",
    [
        r"\beyJ[\w\-]{8,}\.[\w\-]{4,}(?:\.[\w\-]*){0,3}",
        r"\s+$",
        r"(a+)+b",
        r"[A-Z][A-Za-z ]*?: ",
        r"[A-Za-z0-9_]*\d\w*",
        r"<!--.*?-->",
        r"(?:ab|abc)+d",
        r"\S+ [0-9a-f]{8}",
    ],
)
def test_the_search_finds_what_is_slow(expression) -> None:
    assert growth(expression, most=PUMPS)[0] > LINEAR


@pytest.mark.parametrize(
    "expression", [r'"[^"]*"', r"key=\S+", r"\beyJ[\w\-]{8,40}\.", r"(?<!\w)\w+\.", r"a*+b*+"]
)
def test_the_search_lets_pass_what_is_linear(expression) -> None:
    assert growth(expression, most=PUMPS)[0] < LINEAR


@pytest.mark.parametrize(
    ("expression", "unbounded"),
    [
        ("a{0,500}b", False),
        ("a*b", True),
        ("x|(?>a+)b", True),
        ("(?:ab(c+?))?", True),
        ("a(?=[^b]*+b)", True),
        ("a(?!.*b)", True),
        ("(?<=ab)c{2}", False),
    ],
)
def test_what_may_look_at_any_number_of_characters(expression, unbounded) -> None:
    assert is_unbounded(expression) is unbounded


@pytest.mark.parametrize("part", range(SLICES))
def test_work_grows_as_the_text_does(expressions, part) -> None:
    searched = {
        (file, expression, flags)
        for file, _, expression, flags in expressions
        if is_unbounded(expression, flags)
    }
    assert len(searched) > 50
    slow = []
    for file, expression, flags in sorted(searched)[part::SLICES]:
        ratio, text = growth(expression, flags, PUMPS)
        if ratio >= LINEAR:
            slow.append(f"{file}: {expression}: quadratic in repetitions of {text!r}")
    assert slow == []


def test_no_expression_is_left_out(expressions) -> None:
    places = {(file, line) for file, line, _, _ in expressions}
    for folder in FOLDERS[:-1]:  # triage also makes some of what a person asks for
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if _asks_re(node):
                    here = str(path.relative_to(ROOT))
                    lines = range(node.lineno, node.end_lineno + 1)
                    assert any((here, line) in places for line in lines), f"{here}:{node.lineno}"


def _asks_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr != "escape"
    )
