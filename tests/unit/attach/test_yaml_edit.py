"""Lines are added to somebody's YAML, and nothing else of it changes; or it is refused."""

import difflib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT, examples
from tocsin.attach.additions import Replaced, yaml_lines
from tocsin.attach.yaml_edit import NotEditable, with_addition
from tocsin.documents import DocumentError

SERVERLESS = ROOT / "tests/projects/attached/sls/serverless.yml"
STATEMENT = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*"}


def added(before: str, after: str) -> list[str]:
    """The added lines; there may be no others."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert not [line for line in lines if line.startswith("- ")]
    return [line[2:] for line in lines if line.startswith("+ ")]


# (file, addition, lines added)
CASES = {
    "a key at the end of a mapping": ("a: 1\n", {"b": "x"}, ["b: x"]),
    "in a mapping that is there": (
        "p:\n  e:\n    X: 1 # one\n\n# then\nq: 2\n",
        {"p": {"e": {"K": "2"}}},
        ['    K: "2"'],
    ),
    "a mapping in one that is there": (
        "p:\n  n: x\n", {"p": {"e": {"K": "z"}}}, ["  e:", "    K: z"],
    ),
    "an item at the end of a list": ("l:\n  - a\n  - b\nm: 1\n", {"l": ["c"]}, ["  - c"]),
    "of a list that is not indented": ("l:\n- a\nm: 1\n", {"l": ["c"]}, ["- c"]),
    "a statement": (
        "s:\n    - Effect: Allow\n      Action: x\n",
        {"s": [STATEMENT]},
        ["    - Effect: Allow", "      Action: dynamodb:PutItem", '      Resource: "*"'],
    ),
    "below a key without a value": ("p:\n  e:\n  f: 1\n", {"p": {"e": {"X": "v"}}}, ["    X: v"]),
    "a list below a key without a value": ("l:\nm: 1\n", {"l": ["x"]}, ["  - x"]),
    "after a text of several lines": (
        "a:\n  b: |\n    x\n    # no comment\n\nc: 1\n", {"a": {"d": "v"}}, ["  d: v"]),
    "after a folded text at the end": (
        "a:\n  b: >-\n    x\n    y\n", {"a": {"d": "z"}}, ["  d: z"]),
    "without a last line break": ("a:\n  b: 1", {"a": {"c": "d"}}, ["  c: d"]),
    "four spaces stay four": (
        "a:\n    b:\n        c: 1\n", {"a": {"x": {"v": "z"}}}, ["    x:", "        v: z"]),
    "two at one place, the inner first": (
        "f:\n  g:\n    e:\n      X: 1\n",
        {"f": {"g": {"l": ["a"], "e": {"K": "b"}}}},
        ["      K: b", "    l:", "      - a"],
    ),
    "what stands in braces elsewhere": ("a: {b: 1}\nc:\n  d: 1\n", {"c": {"e": "f"}}, ["  e: f"]),
    "tags and variables": (
        "a: !Sub x\nb: ${file(x.yml)}\nc:\n  d: !Ref E\n",
        {"c": {"e": "${self:a}"}},
        ["  e: ${self:a}"],
    ),
    "a tab before a comment": ("p:\n  n: x\t# y\n", {"p": {"m": "z"}}, ["  m: z"]),
    "tabs at the end of a line": ("p: \t\n  n: x \t\n", {"p": {"m": "z"}}, ["  m: z"]),
    "a list as a key": ("p:\n  ? [a, b]\n  : c\n", {"p": {"m": "z"}}, ["  m: z"]),
    "behind a byte order mark": ("\ufeffp:\n  n: x\nq: y\n", {"p": {"m": "z"}}, ["  m: z"]),
    "at the root of it": ("\ufeffp: x\nq: y\n", {"r": "z"}, ["r: z"]),
    "a document with its marks": (
        "%YAML 1.2\n---\np:\n  n: x\n...\n", {"p": {"m": "z"}}, ["  m: z"]),
    "an alias at the end": ("x: &x {a: 1}\nv:\n  z: *x\n", {"v": {"w": "v"}}, ["  w: v"]),
    "texts that YAML would take for others": (
        "a: 1\n",
        {"b": "true", "c": "1.5", "d": "a: b", "e": "x #y", "f": "é", "g": ""},
        ['b: "true"', 'c: "1.5"', 'd: "a: b"', 'e: "x #y"', 'f: "\\u00e9"', 'g: ""'],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_only_these_lines_are_added(case, ending) -> None:
    before, addition, lines = CASES[case]
    before = before.replace("\n", ending)
    after = with_addition(before, addition)
    assert added(before, after) == lines
    assert ending == "\n" or "\n" not in after.replace("\r\n", "")


REFUSED = {
    "braces": ("p: {e: 1}\n", {"p": {"x": "y"}}, "p (line 1) is written in one line"),
    "brackets": ("p:\n  l: [a]\n", {"p": {"l": ["b"]}}, "p.l (line 2) is written in one line"),
    "an empty list": ("p:\n  l: []\n", {"p": {"l": ["b"]}}, "written in one line"),
    "an alias": ("a: &a\n  x: 1\nb: *a\n", {"b": {"y": "z"}}, "an anchor that stands in several"),
    "its anchor": ("a: &a\n  x: 1\nb: *a\n", {"a": {"y": "z"}}, "an anchor that stands in several"),
    "a merge": ("a: &a\n  x: 1\nb:\n  <<: *a\n  q: 1\n", {"b": {"y": "z"}}, "merged with another"),
    "a file": ("p: ${file(p.yml)}\n", {"p": {"x": "y"}}, "p (line 1) is something else already"),
    "a text": ("p: x\n", {"p": ["y"]}, "something else already"),
    "another value": ("p:\n  X: old\n", {"p": {"X": "new"}}, "p.X (line 2) is something else"),
    "a list of files": ("f:\n  - ${file(a.yml)}\n", {"f": {"g": {"x": "y"}}}, "something else"),
    "null written out": ("p: null\n", {"p": {"x": "y"}}, "something else already"),
    "no mapping": ("- a\n", {"p": "x"}, "the file is no mapping"),
    "nothing to replace": ("a: 1\n", {"b": Replaced("x")}, "there is none to replace"),
    "old line breaks": ("a: 1\rb: 2\n", {"c": "x"}, "line breaks"),
    "a key given twice": ("a:\n  b: 1\na:\n  c: 1\n", {"a": {"d": "x"}}, "mean something else"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_by_adding_lines_is_refused(case) -> None:
    before, addition, said = REFUSED[case]
    with pytest.raises(NotEditable) as raised:
        with_addition(before, addition)
    assert said in str(raised.value)


NO_YAML = [
    "a: [",
    "a: &a [*a]\n",
    "a: b: c\n",
    "x: " + "[" * 500,
    "a: 1\n---\nb: 1\n",
    "a:\n\tb: 1\n",
]


@pytest.mark.parametrize("text", NO_YAML)
def test_what_is_no_yaml_is_refused(text) -> None:
    with pytest.raises(DocumentError):
        with_addition(text, {"a": "b"})


def test_a_text_is_replaced_where_it_stands() -> None:
    before = SERVERLESS.read_text()
    after = with_addition(
        before, {"functions": {"night-report": {"handler": Replaced("errorlog.auto.handler")}}}
    )
    assert after == before.replace(
        "handler: src/reports/nightly.run   # every night",
        "handler: errorlog.auto.handler   # every night",
    )


_NAMES = st.text("abcxyz-_", min_size=1, max_size=4)
_TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=12)
_TREES = st.recursive(
    _TEXTS,
    lambda inner: st.dictionaries(_NAMES, inner, max_size=3) | st.lists(_TEXTS, max_size=3),
    max_leaves=6,
)


@settings(max_examples=examples(30))
@given(
    st.dictionaries(_NAMES, _TREES, min_size=1, max_size=3), _NAMES, _TEXTS, st.sampled_from([2, 4])
)
def test_any_tree_gets_any_line_or_says_why_not(tree, key, text, indent) -> None:
    before = yaml.safe_dump(tree, indent=indent, default_flow_style=False, allow_unicode=True)
    place = next(iter(tree))
    try:
        after = with_addition(before, {place: {key: text}})
    except NotEditable:
        return
    inside = tree[place] or {}
    assert yaml.safe_load(after) == {**tree, place: {**inside, key: text}}
    added(before, after)


@settings(max_examples=examples(30))
@given(st.dictionaries(_NAMES, _TREES, min_size=1, max_size=3))
def test_lines_mean_what_the_tree_is(tree) -> None:
    def as_read(value):
        if isinstance(value, dict):
            return {key: as_read(member) for key, member in value.items()} or None
        return [as_read(member) for member in value] or None if isinstance(value, list) else value

    read = yaml.safe_load("\n".join(yaml_lines(tree)))
    assert read == as_read(tree)
