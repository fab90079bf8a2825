"""No reference leads nowhere: CloudFormation refuses the whole template for one."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tocsin.cloudformation.resources import Template
from tocsin.findings import Finding, Severity
from tocsin.stacks import Stack

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def dangling(stack: Stack, template: Template) -> Iterator[Finding]:
    """A finding for each reference of one stack's template to what that stack does not have."""
    known = {*template.get("Resources", {}), *template.get("Parameters", {})}
    for section in ("Resources", "Outputs"):
        for name, each in template.get(section, {}).items():
            for target in sorted(set(references(each)) - known):
                message = f"refers to {target}, which is not in the stack {stack.name}"
                yield Finding(Severity.ERROR, "references", name, message)


def references(value: Any) -> Iterator[str]:
    """The logical ids that ``value`` mentions; those of AWS (``AWS::Region``) left out."""
    if isinstance(value, list):
        for member in value:
            yield from references(member)
    if not isinstance(value, dict):
        return
    for key, member in value.items():
        if key == "Ref" and isinstance(member, str):
            yield from _own([member])
        elif key == "Fn::GetAtt":
            # Of a list the attribute may be a reference itself.
            yield from _own([member.split(".")[0]] if isinstance(member, str) else _first(member))
        elif key == "Fn::Sub":
            text, variables = member if _is_pair(member) else (member, {})
            found = _VARIABLE.findall(text) if isinstance(text, str) else []
            names = (name.split(".")[0].strip() for name in found)
            yield from _own(name for name in names if name not in (variables or ()))
            yield from references(variables)
        elif key == "DependsOn":
            yield from _own([member] if isinstance(member, str) else _listed(member))
        else:
            yield from references(member)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict)


def _first(value: Any) -> list[Any]:
    return _listed(value)[:1]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _own(names: Iterable[Any]) -> Iterator[str]:
    return (name for name in names if isinstance(name, str) and not name.startswith("AWS::"))
