"""What a function is called once it is deployed, and whether it may be called so.

Names: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tocsin import names
from tocsin.config.document import KeyPath, Problem, mapping_at
from tocsin.config.suffixes import suffix_of

_STAGE = ("${sls:stage}", "${opt:stage}", "${self:provider.stage}")
_SERVICE = "${self:service}"


def deployed_name(given: str | None, key: str, service: str, suffix: str) -> str:
    """``given`` with its variables filled in, or the name that every function of a stage has."""
    if given is None:
        return names.function(key, suffix)
    for variable in _STAGE:
        given = given.replace(variable, suffix)
    return given.replace(_SERVICE, service)


def problems(data: Any) -> Iterator[Problem]:
    """Names that are too long, or that two functions of one stage would have, as far as written."""
    declared = mapping_at(data, "functions")
    yield from _roles(data, declared)
    service = str(data.get("service", "")) if isinstance(data, dict) else ""
    told = set()
    for stage, settings in mapping_at(data, "stages").items():
        if settings is not None and not isinstance(settings, dict):
            continue
        suffix = suffix_of(str(stage), settings)
        taken = {names.function(own, suffix): f"the stack's own {own}" for own in names.OWN}
        overrides = mapping_at(settings, "functions")
        for written, declaration in declared.items():
            key = str(written)
            given, path = _given(key, declaration, overrides.get(written), str(stage))
            if given is None and names.is_reserved(key):
                continue  # somebody else says so
            name = deployed_name(given, key, service, suffix)
            limit = names.LIMITS["function"]
            if len(name) > limit:
                found, accepted = (
                    f"function name {name}, {len(name)} characters",
                    f"at most {limit}",
                )
            elif name in taken:
                found, accepted = f"{name!r}, the name of {taken[name]} too", "each name once"
            else:
                taken[name] = key
                continue
            if path not in told:
                told.add(path)
                yield Problem(path, found, accepted)


def _given(key: str, settings: Any, override: Any, stage: str) -> tuple[str | None, KeyPath]:
    """The name that monitoring.yml gives the function on a stage, and where."""
    for level, path in (
        (override, ("stages", stage, "functions", key, "name")),
        (settings, ("functions", key, "name")),
    ):
        if isinstance(level, dict) and "name" in level:
            if not isinstance(level["name"], str):
                break  # null takes a lower level's away
            return level["name"], path
    return None, ("functions", key)


def _roles(data: Any, declared: Mapping[str, Any]) -> Iterator[Problem]:
    """The longest suffix makes the longest name of a role, which is by the key in any case."""
    suffixes = [
        suffix_of(str(stage), settings)
        for stage, settings in mapping_at(data, "stages").items()
        if settings is None or isinstance(settings, dict)
    ]
    longest = max(suffixes, key=len, default="")
    limit = names.LIMITS["role"]
    for key, settings in declared.items():
        name = names.role(str(key), longest)
        if len(name) > limit and _has_role_and_name(settings):
            found = f"role name {name}, {len(name)} characters"
            yield Problem(("functions", str(key)), found, f"at most {limit}")


def _has_role_and_name(settings: Any) -> bool:
    """Whether only the role's name can be too long: what has no name of its own is longer."""
    return isinstance(settings, dict) and "name" in settings and not settings.get("role")
