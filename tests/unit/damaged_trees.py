"""Documents with something wrong in their structure: a seed makes one of a tree that is right.

Where ``damaged_files`` breaks the text of a file, this keeps it well written: another kind of value
in each place, what CloudFormation would work out, keys of other kinds, deep and wide, anchors.
"""

import copy
import json
import random
from typing import Any

import yaml

Path = tuple[Any, ...]

SCALARS: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        3.5,
        10**30,
        1e308,
        -0.0,
        2**63,
        "",
        " ",
        "0",
        "nan",
        "inf",
        "1e999",
    ),
    *("\u202e", "a\nb", "\x1b[31m", "${", "${}", "${!a}", "${a.b.c}", "{{resolve:ssm:a}}", "1_000"),
    *("::", "arn:", "arn:aws:sns:::x", "1d", "-5m", "0x10", "2026-02-30", "*", "%", "x" * 70_000),
)
"""In place of any value."""


def _each(name: str, *values: Any) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


INTRINSICS: tuple[Any, ...] = (
    *_each("Ref", "Nothing", "AWS::Nothing", 5, None, [], {"Ref": "A"}),
    *_each("Fn::GetAtt", "A", "A.B.C", ["A"], ["A", {"Ref": "B"}], 5, [None, None]),
    *_each("Fn::If", [], ["C"], ["No", 1], ["No", 1, 2], [{}, 1, 2], "C", [["a"], 1, 2]),
    *_each("Fn::Sub", 5, [], ["${a}"], ["${a}", []], ["${a}", {"a": []}], "${a", [None, None]),
    *_each("Fn::Join", [], ["", "a"], ["", [[]]], [5, [1, 2]], "a", ["", {"Ref": "A"}]),
    *_each("Fn::Select", [0], [9, [1]], ["a", [1]], [-1, [1]], [0, []], [0, "abc"], [10**30, [1]]),
    *_each("Fn::Split", ["", "a"], [",", 5], ",", [",", []], [5, "a"]),
    *_each("Fn::FindInMap", ["M"], ["M", "a", "b"], ["M", [], {}], "M", [None] * 3),
    *_each("Fn::ImportValue", 5, {}, [], {"Fn::Sub": "${A}"}),
    *(
        {name: [1, 2]}
        for name in ("Fn::Cidr", "Fn::Base64", "Fn::GetAZs", "Fn::Transform", "Fn::Length")
    ),
    *(
        {"Fn::ToJsonString": {"a": {"Ref": "A"}}},
        {"Fn::Length": "a"},
        {"Condition": "No"},
        {"Condition": []},
    ),
    *(
        {"Fn::And": []},
        {"Fn::Or": "a"},
        {"Fn::Not": [[], []]},
        {"Fn::Equals": ["a"]},
        {"Fn::Nothing": 1},
    ),
)


def damaged_tree(tree: Any, seed: int) -> Any:
    """A copy of ``tree`` with one to three things wrong."""
    chance = random.Random(seed)
    tree = copy.deepcopy(tree)
    for _ in range(chance.randint(1, 3)):
        places = list(_places(tree))
        if places:
            place = chance.choice(places)
            tree = chance.choice((_replaced, _replaced, _wrapped, _moved, _keyed, _dropped))(
                tree, place, places, chance
            )
    return tree


def as_json(tree: Any) -> bytes:
    """The tree as JSON; as JavaScript writes what is no number."""
    return json.dumps(tree, default=str).encode("utf-8", "surrogatepass")


def as_yaml(tree: Any) -> bytes:
    """The tree as YAML, with anchors where something stands twice; as JSON, which is YAML, too,
    where it is deeper than yaml can write."""
    try:
        written = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
    except RecursionError:
        return as_json(tree)
    return written.encode("utf-8", "replace")


def _places(tree: Any, path: Path = ()) -> Any:
    items: Any = ()
    if isinstance(tree, dict):
        items = tree.items()
    elif isinstance(tree, list):
        items = enumerate(tree)
    for key, value in items:
        yield (*path, key)
        if len(path) < 40:
            yield from _places(value, (*path, key))


def _at(tree: Any, path: Path) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _put(tree: Any, path: Path, value: Any) -> Any:
    _at(tree, path[:-1])[path[-1]] = value
    return tree


def _nasty(chance: random.Random) -> Any:
    return copy.deepcopy(
        chance.choice(
            (
                chance.choice(SCALARS),
                chance.choice(SCALARS),
                chance.choice(INTRINSICS),
                [],
                {},
                [[]],
                {"a": {}},
                [None],
                [chance.choice(SCALARS)] * chance.choice((1, 3, 200)),
                {str(number): number for number in range(chance.choice((1, 300)))},
                _deep(
                    chance.choice((20, 60, 150)),
                    chance.choice(("list", "map", "Fn::Not", "Fn::Join")),
                ),
            )
        )
    )


def _deep(levels: int, kind: str) -> Any:
    value: Any = "end"
    for _ in range(levels):
        if kind == "list":
            value = [value]
        elif kind == "map":
            value = {"a": value}
        elif kind == "Fn::Not":
            value = {"Fn::Not": [value]}
        else:
            value = {"Fn::Join": ["", ["a", value]]}
    return value


def _replaced(tree: Any, place: Path, _places: list[Path], chance: random.Random) -> Any:
    return _put(tree, place, _nasty(chance))


def _wrapped(tree: Any, place: Path, _places: list[Path], chance: random.Random) -> Any:
    value = _at(tree, place)
    wrapped = (
        [value],
        {"Value": value},
        {"Fn::If": ["Unknown", value, {"Ref": "AWS::NoValue"}]},
        {"Fn::If": ["Unknown", {"Ref": "AWS::NoValue"}, value]},
        {"Fn::Sub": value},
        {"Fn::Select": [0, [value]]},
        {"Fn::Join": ["", [value]]},
        {"Ref": value},
        str(value)[:2_000],
        [value, value],
    )
    return _put(tree, place, chance.choice(wrapped))


def _moved(tree: Any, place: Path, places: list[Path], chance: random.Random) -> Any:
    """What stands somewhere else, here too: by an anchor, where it is not around this place."""
    other = chance.choice(places)
    value = _at(tree, other)
    # By its own path, or by that of an anchor.
    ancestors = {id(_at(tree, place[:depth])) for depth in range(len(place))}
    inside = (value, *(_at(value, path) for path in _places(value)))
    around = any(id(part) in ancestors for part in inside)
    return _put(tree, place, copy.deepcopy(value) if around else value)


def _keyed(tree: Any, place: Path, _places: list[Path], chance: random.Random) -> Any:
    parent = _at(tree, place[:-1])
    if isinstance(parent, dict):
        key = chance.choice(
            (
                "",
                "a b",
                "Fn::If",
                "Fn::ForEach::x",
                "Ref",
                "<<",
                "x" * 300,
                "\u202e",
                5,
                None,
                True,
                1.5,
            )
        )
        parent[key] = parent[place[-1]]
        if chance.random() < 0.5 and key != place[-1]:
            del parent[place[-1]]
    return tree


def _dropped(tree: Any, place: Path, _places: list[Path], _chance: random.Random) -> Any:
    del _at(tree, place[:-1])[place[-1]]
    return tree
