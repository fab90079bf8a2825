"""Resources that differ in nothing but the function they belong to: cfn-lint sees one of each.

cfn-lint takes some 25 ms for a resource, so a minute and a half for the stacks of 500 functions,
of which nearly all are the same few resources over and over. What it does not see is what the
rules of this package look at on every resource: names and their lengths, references, limits.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tocsin import names
from tocsin.cloudformation.compiled_alarms import ALARM_TYPES
from tocsin.cloudformation.references import references
from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.json_values import as_list
from tocsin.stacks import Stack, stacks_of

# osls dates the folder of each stack's archives.
_TIME = re.compile(r"\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z")
_TEXT = "<text>"
_ROLE = "AWS::IAM::Role"
_REFERENCES = ({"Ref"}, {"Fn::GetAtt"}, {"Fn::Sub"})


@dataclass(frozen=True)
class Excerpt:
    """A stack's template with one resource of each shape that no earlier excerpt has.

    ``alike`` counts, by logical id, the further resources of its shape in all stacks.
    """

    template: Template
    alike: dict[str, int]


def excerpts(stage: Stage, templates: Sequence[Template]) -> Iterator[Excerpt]:
    """What of the stage's ``templates`` (as in ``stacks_of``) has to be seen to have seen all.

    A resource that is kept keeps those it refers to, of a role's list of logs one. A stack with
    nothing new has no excerpt.
    """
    keys = {function.logical_id: function.key for function in stage.watched}
    templates = [_condensed(keys, template) for template in templates]
    shapes = [
        {name: _shape(keys, stack, name, part) for name, part in _parts(template).items()}
        for stack, template in zip(stacks_of(stage), templates, strict=True)
    ]
    count = Counter(shape for shape_of in shapes for shape in shape_of.values())
    seen: set[str] = set()
    for template, shape_of in zip(templates, shapes, strict=True):
        new = {shape: name for name, shape in reversed(shape_of.items()) if shape not in seen}
        seen |= new.keys()
        if new:
            kept = _with_references(template, set(new.values()))
            alike = {name.partition("/")[2]: count[shape] - 1 for shape, name in new.items()}
            yield Excerpt(kept, alike)


def _condensed(keys: dict[str, str], template: Template) -> Template:
    """With one log in a role's list where it has the log of each function."""
    resources = {
        name: _first_of_alike(keys, resource) if resource.get("Type") == _ROLE else resource
        for name, resource in template.resources.items()
    }
    return Template({**template, "Resources": resources})


def _first_of_alike(keys: dict[str, str], value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _first_of_alike(keys, member) for key, member in value.items()}
    if not isinstance(value, list):
        return value
    forms = [_form(keys, item) for item in value]
    return [
        _first_of_alike(keys, member)
        for index, (member, form) in enumerate(zip(value, forms, strict=True))
        # What is there twice is a fault of its own.
        if form is None or form not in forms[:index] or value.count(member) > 1
    ]


def _form(keys: dict[str, str], value: Any) -> str | None:
    """A reference without the function whose resource it is to; None for anything else."""
    if not isinstance(value, dict) or set(value) not in _REFERENCES:
        return None
    owner = next(_owners(keys, value), None)
    return None if owner is None else json.dumps(value).replace(owner, "<id>")


def _parts(template: Template) -> dict[str, Any]:
    """Resources and outputs by ``Resources/<logical id>`` and ``Outputs/<key>``."""
    return {
        f"{section}/{name}": part
        for section in ("Resources", "Outputs")
        for name, part in template.section(section).items()
    }


def _shape(keys: dict[str, str], stack: Stack, name: str, part: Any) -> str:
    section, _, own = name.partition("/")
    text = json.dumps([section, _without_texts(part)], sort_keys=True)
    logical_id = _owner(keys, own)
    if logical_id is None and part.get("Type") == _ROLE:
        logical_id = next(_owners(keys, part), None)  # the role of that function and others
    if logical_id is not None:
        # The deployed name of a function begins with its key, its logical ids with this one.
        text = text.replace(keys[logical_id], "<key>").replace(logical_id, "<id>")
    else:
        text = own.removesuffix(stack.part) + text
    text = _TIME.sub("<time>", text)
    if stack.part:
        suffix = stack.stage.suffix
        text = text.replace(names.shared_role(stack.part, suffix), names.shared_role("", suffix))
        text = text.replace(stack.service, stack.stage.service)
        text = text.replace(f"-{stack.part}-{suffix}", f"-{suffix}")
        text = text.replace(f"-{stack.part}-alarm-", "-alarm-")
    return text


def _without_texts(part: Any) -> Any:
    """Without what cfn-lint takes as any text, so that it does not tell functions apart.

    That is what stands in a dashboard, a description, a composite alarm's rule, a variable or an
    output; not what refers to something else.
    """
    properties = part.get("Properties") or {}
    if part.get("Type") in ALARM_TYPES:
        part = _without_names_before(part)
    if part.get("Type") == "AWS::CloudWatch::Dashboard":
        body = sorted(references(properties.get("DashboardBody")))
        return {**part, "Properties": {**dict.fromkeys(properties), "DashboardBody": body}}
    described: dict[str, Any] = {
        key: _TEXT
        for key in ("Description", "AlarmDescription", "AlarmRule")
        if isinstance(properties.get(key), str)
    }
    environment = properties.get("Environment")
    if isinstance(environment, dict) and isinstance(environment.get("Variables"), dict):
        variables = {
            key: _TEXT if isinstance(value, str) else value
            for key, value in environment["Variables"].items()
        }
        described["Environment"] = {**environment, "Variables": variables}
    if described:
        return {**part, "Properties": {**properties, **described}}
    return {**part, "Value": _TEXT} if isinstance(part.get("Value"), str) else part


def _without_names_before(part: Any) -> Any:
    """Without the alarms that it comes after, which are others in each stack."""
    names = all(isinstance(name, str) for name in as_list(part.get("DependsOn", [])))
    return _unordered(part) if names else part


def _owner(keys: dict[str, str], name: str) -> str | None:
    """The function whose logical id is the longest that ``name`` begins with."""
    return next((name[:end] for end in range(len(name), 0, -1) if name[:end] in keys), None)


def _owners(keys: dict[str, str], value: Any) -> Iterator[str]:
    """The functions, by logical id, to whose resources ``value`` refers."""
    return filter(None, (_owner(keys, reference) for reference in references(value)))


def _with_references(template: Template, wanted: set[str]) -> Template:
    parts = _parts(template)
    waiting, kept = list(wanted), set(wanted)
    while waiting:
        for target in references(_unordered(parts[waiting.pop()])):
            needed = f"Resources/{target}"
            if needed in parts and needed not in kept:
                kept.add(needed)
                waiting.append(needed)
    return Template(
        {
            **template,
            **{
                section: {
                    name: _ordered_after(part, kept)
                    for name, part in template.section(section).items()
                    if f"{section}/{name}" in kept
                }
                for section in ("Resources", "Outputs")
                if section in template
            },
        }
    )


def _unordered(part: Any) -> Any:
    """Without what it only comes after: a composite alarm comes after those of all functions."""
    return {key: member for key, member in part.items() if key != "DependsOn"}


def _ordered_after(part: Any, kept: set[str]) -> Any:
    after = part.get("DependsOn")
    if after is None:
        return part
    left = [name for name in as_list(after) if f"Resources/{name}" in kept]
    return {**_unordered(part), **({"DependsOn": left} if left else {})}
