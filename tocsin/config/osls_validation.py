"""What osls's own schema says of a value: the same verdict as osls, in words, without Node.

osls compiles its schema with Ajv, after it took away what is null. Two things of that are not
JSON Schema's own: a value of another type is converted where it can be (``"300"`` is a number), and
the keyword ``regexp`` is a pattern with flags. https://ajv.js.org/coercion.html
"""

import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, validators
from jsonschema.exceptions import ValidationError

from tocsin.config.document import KeyPath, Problem
from tocsin.config.osls_coercion import coerced
from tocsin.config.osls_schema_words import Schema, accepted, known_words, shown
from tocsin.config.osls_variables import has_variable

SCHEMA_FILE = Path(__file__).with_name("osls_function.schema.json")
"""Written by ``lock`` from the osls of package.json (tocsin/packaging/osls_schema.py)."""

FUNCTION, DEFINITIONS = "function", "definitions"

_LONGEST_TEXT = 4_096
_REGEXP = re.compile(r"/(.*)/([gimuy]*)", re.DOTALL)


def function_schema() -> Schema:
    """The schema of one function of serverless.yml, references replaced."""
    schema: Schema = _loaded()[FUNCTION]
    return schema


def event_schemas() -> Mapping[str, Schema]:
    """Kind of event -> the schema of what stands below its name."""
    schemas: Mapping[str, Schema] = _loaded()["events"]
    return schemas


def problems(value: Any, schema: Schema, path: KeyPath) -> Iterator[Problem]:
    """What osls would say against ``value``, at ``path`` of monitoring.yml, all of it.

    Where a variable of osls stands in a value, nothing is said of it: what it becomes is not known.
    """
    prepared = coerced(_as_osls_has_it(value), schema)
    seen = set()
    for error in _Validator(schema).iter_errors(prepared):
        problem = _problem(_innermost(error), path)
        if problem is not None and problem not in seen:
            seen.add(problem)
            yield problem


def _as_osls_has_it(value: Any) -> Any:
    """Without what is null; a key is a text by then, also the 200 among an API's status codes."""
    match value:
        case dict():
            return {
                str(key): _as_osls_has_it(member)
                for key, member in value.items()
                if member is not None
            }
        case list():
            return [_as_osls_has_it(member) for member in value]
    return value


@functools.cache
def _loaded() -> dict[str, Any]:
    document = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    known: dict[str, Schema] = {}

    def whole(node: Any) -> Any:
        if isinstance(node, list):
            return [whole(member) for member in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str):
            name = reference.rpartition("/")[2]
            if name not in known:
                known[name] = {**whole(document[DEFINITIONS][name]), "title": name}
            return known[name]
        return {key: whole(member) for key, member in node.items()}

    function = whole(document[FUNCTION])
    events = {
        name: schema
        for kind in function["properties"]["events"]["items"]["anyOf"]
        for name, schema in kind["properties"].items()
        if name in kind["required"] and not name.startswith("__")
    }
    return {FUNCTION: function, "events": events}


# Of each keyword that leads into a value: as jsonschema has it, but converting on the way.


def _properties(validator: Any, wanted: Schema, instance: Any, _: Schema) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    for name, schema in wanted.items():
        if name in instance:
            member = coerced(instance[name], schema)
            yield from validator.descend(member, schema, path=name, schema_path=name)


def _pattern_properties(validator: Any, wanted: Schema, instance: Any, _: Schema) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, schema in wanted.items():
        for name, value in instance.items():
            if _compiled(pattern).search(str(name)):
                member = coerced(value, schema)
                yield from validator.descend(member, schema, path=name, schema_path=pattern)


def _additional(validator: Any, wanted: Any, instance: Any, schema: Schema) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    patterns = [_compiled(pattern) for pattern in schema.get("patternProperties", {})]
    for name, value in instance.items():
        if name in schema.get("properties", {}) or any(
            pattern.search(str(name)) for pattern in patterns
        ):
            continue
        if wanted is False:
            yield ValidationError(str(name), validator="additionalProperties")
        elif isinstance(wanted, dict):
            yield from validator.descend(coerced(value, wanted), wanted, path=name)


def _items(validator: Any, wanted: Any, instance: Any, _: Schema) -> Iterator[Any]:
    if not validator.is_type(instance, "array"):
        return
    for index, value in enumerate(instance):
        schema = wanted if isinstance(wanted, dict) else next(iter(wanted[index : index + 1]), {})
        yield from validator.descend(coerced(value, schema), schema, path=index, schema_path=index)


def _any_of(validator: Any, wanted: list[Schema], instance: Any, _: Schema) -> Iterator[Any]:
    context = []
    for index, schema in enumerate(wanted):
        instance = coerced(instance, schema)  # what one branch made of it, the next one sees
        errors = list(validator.descend(instance, schema, schema_path=index))
        if not errors:
            return
        context += errors
    yield ValidationError("none fits", context=context)


def _one_of(validator: Any, wanted: list[Schema], instance: Any, _: Schema) -> Iterator[Any]:
    context, fitting = [], 0
    for index, schema in enumerate(wanted):
        instance = coerced(instance, schema)
        errors = list(validator.descend(instance, schema, schema_path=index))
        fitting += not errors
        context += errors
    if fitting != 1:
        yield ValidationError("not one fits", context=[] if fitting else context)


def _required(validator: Any, wanted: list[str], instance: Any, _: Schema) -> Iterator[Any]:
    if validator.is_type(instance, "object"):
        yield from (ValidationError(name) for name in wanted if name not in instance)


def _pattern(validator: Any, wanted: str, instance: Any, _: Schema) -> Iterator[Any]:
    if validator.is_type(instance, "string") and not _fits(_compiled(wanted), instance):
        yield ValidationError(wanted)


def _regexp(validator: Any, wanted: str, instance: Any, _: Schema) -> Iterator[Any]:
    if not validator.is_type(instance, "string"):
        return
    parts = _REGEXP.fullmatch(wanted)
    if parts and not _fits(_compiled(parts[1], "i" in parts[2]), instance):
        yield ValidationError(wanted)


def _fits(pattern: re.Pattern[str], text: str) -> bool:
    return len(text) > _LONGEST_TEXT or pattern.search(text) is not None


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str, any_case: bool = False) -> re.Pattern[str]:
    """A pattern of JavaScript's, where ``$`` is the end and never before a last line break."""
    ends = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", _end, pattern)
    return re.compile(ends, re.ASCII | (re.IGNORECASE if any_case else 0))


def _end(found: re.Match[str]) -> str:
    return r"\Z" if found[0] == "$" else found[0]


_Validator: Any = validators.extend(  # type: ignore[no-untyped-call]
    Draft7Validator,
    {
        "properties": _properties,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional,
        "items": _items,
        "anyOf": _any_of,
        "oneOf": _one_of,
        "required": _required,
        "pattern": _pattern,
        "regexp": _regexp,
        # Written out above, where the schema is read.
        "$ref": lambda *_: (),
    },
)


def _innermost(error: ValidationError) -> ValidationError:
    """The fault that was meant: of several forms, the one that the value has most of."""
    while error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.relative_schema_path[0], []).append(inner)
        # A form that the value is not of at all says nothing of what is wrong inside.
        inside = [errors for errors in branches.values() if not any(map(_is_other, errors))]
        if len(inside) > 1:
            deepest = max(_depth(errors) for errors in inside)
            inside = [errors for errors in inside if _depth(errors) == deepest]
        if len(inside) != 1:
            return error
        error = inside[0][0]
    return error


def _is_other(error: ValidationError) -> bool:
    """Whether a value is not of the form at all that it was held against."""
    if error.relative_path:
        return False
    if error.context:
        branches = {inner.relative_schema_path[0] for inner in error.context}
        others = {cause.relative_schema_path[0] for cause in error.context if _is_other(cause)}
        return branches == others
    return error.validator in ("type", "const", "enum")


def _depth(errors: Iterable[ValidationError]) -> int:
    return max(len(error.relative_path) for error in errors)


def _problem(error: ValidationError, above: KeyPath) -> Problem | None:
    path = (*above, *error.absolute_path)
    schema: Schema = error.schema if isinstance(error.schema, dict) else {}
    if error.validator == "additionalProperties":
        known = [name for name in schema.get("properties", {}) if not name.startswith("__")]
        path = (*path, error.message)
        if has_variable(error.message):
            return None
        patterns = ", ".join(schema.get("patternProperties", {}))
        return Problem(
            path, "an unknown key", known_words(error.message, known) or f"keys like {patterns}"
        )
    if error.validator == "required":
        return Problem((*path, error.message), "nothing", "a value; the key is required")
    if has_variable(error.instance):
        return None
    return Problem(path, shown(error.instance), accepted(error, schema))
