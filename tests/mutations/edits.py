"""Small changes of JSON values, each on a copy, and the register of what mutates which resource."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Resource = dict[str, Any]
Template = dict[str, Any]
Path = tuple[str | int, ...]
Mutate = Callable[[Resource], Iterator[Resource]]

ANY = "any resource"


@dataclass(frozen=True)
class Kind:
    """One way to break every resource of a type; ``stages`` are those whose templates differ."""

    name: str
    type: str
    mutate: Mutate
    stages: tuple[str, ...]


KINDS: list[Kind] = []


def breaks(type_: str, name: str, *stages: str) -> Callable[[Mutate], Mutate]:
    """Registers a generator of broken copies of one resource of ``type_``."""

    def register(mutate: Mutate) -> Mutate:
        title = f"{type_.rpartition('::')[2]}: {name}"
        KINDS.append(Kind(title, type_, mutate, stages or ("dev",)))
        return mutate

    return register


def get(value: Any, path: Path, default: Any = None) -> Any:
    """What is at ``path``, or ``default`` where that leads nowhere."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return default
    return value


def put(value: Resource, path: Path, new: Any) -> Resource:
    """A copy of ``value`` with ``new`` at ``path``, whose parents must exist."""
    changed = copy.deepcopy(value)
    get(changed, path[:-1])[path[-1]] = copy.deepcopy(new)
    return changed


def drop(value: Resource, path: Path) -> Resource:
    """A copy of ``value`` without what is at ``path``."""
    changed = copy.deepcopy(value)
    del get(changed, path[:-1])[path[-1]]
    return changed


def find(value: Any, wanted: str, path: Path = ()) -> Iterator[Path]:
    """The path of every key ``wanted``, at any depth."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, pair in pairs:
        if key == wanted:
            yield (*path, key)
        if isinstance(pair, dict | list):
            yield from find(pair, wanted, (*path, key))


def setting(*path: str | int, to: Any) -> Mutate:
    """Sets a property to ``to``, where it is there and something else."""

    def mutate(resource: Resource) -> Iterator[Resource]:
        where = ("Properties", *path)
        found = get(resource, where)
        if found is not None and found != to:
            yield put(resource, where, to)

    return mutate


def dropping(*path: str | int) -> Mutate:
    """Drops a property where it is there."""

    def mutate(resource: Resource) -> Iterator[Resource]:
        if get(resource, ("Properties", *path)) is not None:
            yield drop(resource, ("Properties", *path))

    return mutate


def everywhere(key: str, change: Callable[[Any], Any]) -> Mutate:
    """Changes each value of ``key``, at any depth, one at a time."""

    def mutate(resource: Resource) -> Iterator[Resource]:
        for path in find(resource["Properties"], key):
            where = ("Properties", *path)
            old = get(resource, where)
            new = change(copy.deepcopy(old))
            if new is not None and new != old:
                yield put(resource, where, new)

    return mutate
