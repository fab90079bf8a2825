"""No reference leads nowhere: CloudFormation refuses the whole template for one."""

import re
from collections.abc import Iterator
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
        for each in value:
            yield from references(each)
    if not isinstance(value, dict):
        return
    for key, each in value.items():
        if key == "Ref" and isinstance(each, str):
            yield from _own([each])
        elif key == "Fn::GetAtt":
            yield from _own([each.split(".")[0] if isinstance(each, str) else each[0]])
        elif key == "Fn::Sub":
            text, variables = (each, {}) if isinstance(each, str) else each
            names = (name.split(".")[0].strip() for name in _VARIABLE.findall(text))
            yield from _own(name for name in names if name not in variables)
            yield from references(variables)
        elif key == "DependsOn":
            yield from _own([each] if isinstance(each, str) else each)
        else:
            yield from references(each)


def _own(names: Any) -> Iterator[str]:
    return (name for name in names if isinstance(name, str) and not name.startswith("AWS::"))
