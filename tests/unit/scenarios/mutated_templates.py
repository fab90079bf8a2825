"""Templates with something wrong anywhere: a seed makes one of the shipped and the wrong ones."""

import copy
import random
from collections.abc import Iterable, Iterator
from typing import Any

VALUES: tuple[Any, ...] = (
    *(None, True, 5, -1, 1e308, float("inf"), float("nan"), 10**400, "", "x", "9" * 500, "\ud800"),
    *([], {}, [1], ["a"], [[[]]], {"a": {"b": {}}}, "AWS::Lambda::Function"),
    *({"Ref": "X"}, {"Ref": 5}, {"Fn::Sub": 5}, {"Fn::Sub": ["${a}", 5]}, {"Fn::GetAtt": ["A"]}),
    *({"Fn::If": ["C", 1, 2]}, {"Fn::Join": [1, 2]}, {"Fn::Select": [9, []]}),
    *({"Fn::Split": ["", "a"]}, {"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "k"]}),
    *({"Fn::ImportValue": {"Fn::Sub": "${x}"}}, {"Fn::ForEach::a": []}),
)
KEYS = (
    *("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Transform", "Metadata"),
    *("Type", "Properties", "Condition", "DependsOn", "Fn::ForEach::X"),
    *("Metrics", "MetricStat", "Metric", "Dimensions", "Period", "AlarmRule"),
)


def mutated(template: dict[str, Any], seed: int) -> dict[str, Any]:
    """``template`` with one to three values replaced, added or taken away."""
    chance = random.Random(seed)
    changed = copy.deepcopy(template)
    for _ in range(chance.randint(1, 3)):
        value = copy.deepcopy(chance.choice(VALUES))
        path = chance.choice(list(_paths(changed)))
        if not path:
            changed[chance.choice(KEYS)] = value
            continue
        parent: Any = changed
        for key in path[:-1]:
            parent = parent[key]
        action = chance.random()
        if action < 0.6:
            parent[path[-1]] = value
        elif action < 0.75:
            del parent[path[-1]]
        elif isinstance(parent, dict):
            parent[chance.choice(KEYS)] = value
        else:
            parent.append(value)
    return changed


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inside: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    for key, member in inside:
        yield from _paths(member, (*path, key))
