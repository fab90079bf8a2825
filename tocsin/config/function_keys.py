"""A function's keys as Serverless projects write them: they go to serverless.yml as they are.

What Tocsin reads itself is in ``function_settings.py``; all others are judged by osls's own schema,
at once and where they stand in monitoring.yml, in place of by osls, one by one, after packaging.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tocsin.config.document import KeyPath, Problem, mapping_at
from tocsin.config.function_settings import FunctionSettings
from tocsin.config.osls_variables import has_variable
from tocsin.nearest import nearest

# Keys of ours that take a function of CloudFormation as well, whose form osls knows.
_OF_BOTH = frozenset({"environment", "reservedConcurrency"})

# (keys that exclude each other, what is accepted): Lambda, or osls, takes one of them.
_EXCLUSIVE = (
    (("memory", "memorySize"), "one of the two: both are MB"),
    (("handler", "image"), "one of the two: an image has its own"),
    (("runtime", "image"), "one of the two: an image has its own"),
    (("layers", "image"), "one of the two: an image has its own"),
    (("package", "image"), "one of the two: an image is the package"),
    (("role", "permissions"), "one of the two: whoever owns the role gives it its rights"),
    (("snapStart", "provisionedConcurrency"), "one of the two: Lambda has both for no function"),
    (("snapStart", "fileSystemConfig"), "one of the two: Lambda has both for no function"),
    (("durableConfig", "destinations"), "one of the two: Lambda has both for no function"),
    (("durableConfig", "maximumRetryAttempts"), "one of the two: Lambda has both for no function"),
)
MOST_LAYERS = 4
"""Of the five that Lambda takes, one is the error log's."""


def as_written(*levels: Mapping[str, Any] | None) -> dict[str, Any]:
    """The keys of osls of a function, lowest level first; a null takes a lower level's away.

    ``vpc: null`` is osls's own word for "not in the VPC of the provider" and stays, as false.
    """
    found: dict[str, Any] = {}
    for level in levels:
        for key, value in (level or {}).items():
            if value is None and key != "vpc":
                found.pop(key, None)
            else:
                found[key] = False if value is None else value
    return found


def problems(data: Any) -> Iterator[Problem]:
    """What is wrong with the functions of monitoring.yml, and of its stages, as far as osls knows.

    Reads the plain data, so that it speaks where other parts of the file are wrong.
    """
    declared = mapping_at(data, "functions")
    for name, settings in declared.items():
        yield from _of_function(settings, ("functions", str(name)))
    for stage, settings in mapping_at(data, "stages").items():
        for name, override in mapping_at(settings, "functions").items():
            yield from _of_function(override, ("stages", str(stage), "functions", str(name)))


def _of_function(settings: Any, path: KeyPath) -> Iterator[Problem]:
    if not isinstance(settings, dict):
        return
    own = [str(field.alias) for field in FunctionSettings.model_fields.values()]
    accepted = {*own, *FunctionSettings.model_fields}
    known = _known() if settings.keys() - {*accepted} or "events" in settings else ()
    for key in settings:
        if key not in accepted and key not in known:
            from tocsin.config.osls_schema_words import known_words

            words = known_words(str(key), [*own, *sorted({*known} - {*own})])
            yield Problem((*path, str(key)), "an unknown key", words)
    yield from _of_osls(settings, path, {*own})
    yield from _together(settings, path)


def _of_osls(settings: dict[str, Any], path: KeyPath, own: Iterable[str]) -> Iterator[Problem]:
    judged = {
        key: value
        for key, value in settings.items()
        if value is not None and (key not in own or key in _OF_BOTH)
    }
    environment = judged.get("environment")
    if isinstance(environment, dict):
        # Texts, numbers and null are the model's; a function of CloudFormation is osls's.
        judged["environment"] = {
            name: value for name, value in environment.items() if isinstance(value, dict | list)
        }
    elif "environment" in judged:
        del judged["environment"]  # the model says so
    if not judged.get("environment"):
        judged.pop("environment", None)
    if judged:
        from tocsin.config import osls_validation

        schema = osls_validation.function_schema()
        judged = {key: value for key, value in judged.items() if key in schema["properties"]}
        yield from osls_validation.problems(judged, schema, path)
    events = settings.get("events")
    for index, event in enumerate(events if isinstance(events, list) else ()):
        yield from _of_event(event, (*path, "events", index))


def _of_event(event: Any, path: KeyPath) -> Iterator[Problem]:
    if not isinstance(event, dict):
        return  # the model says so
    from tocsin.config import osls_validation

    schemas = osls_validation.event_schemas()
    if len(event) != 1:
        yield Problem(path, f"{len(event)} keys", "one, the kind of the event")
    for kind, value in event.items():
        if kind not in schemas:
            if not has_variable(kind):
                words = nearest(str(kind), list(schemas))
                yield Problem((*path, str(kind)), "an unknown kind of event", words)
        elif value is not None:
            yield from osls_validation.problems(value, schemas[kind], (*path, kind))
        else:
            yield Problem((*path, kind), "nothing", "what the event is of")


def _together(settings: dict[str, Any], path: KeyPath) -> Iterator[Problem]:
    given = {key for key, value in settings.items() if value not in (None, False, [])}
    for keys, accepted in _EXCLUSIVE:
        if given.issuperset(keys):
            yield Problem((*path, keys[1]), f"{keys[0]} beside it", accepted)
    layers = settings.get("layers")
    if isinstance(layers, list) and len(layers) > MOST_LAYERS:
        accepted = f"at most {MOST_LAYERS}; the error log's is Lambda's fifth"
        yield Problem((*path, "layers"), f"{len(layers)} layers", accepted)


def _known() -> tuple[str, ...]:
    from tocsin.config import osls_validation

    return tuple(osls_validation.function_schema()["properties"])
