"""What a value of a template refers to."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from tocsin.json_values import as_list

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


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
            yield from _own(
                [member.split(".")[0]] if isinstance(member, str) else as_list(member)[:1]
            )
        elif key == "Fn::Sub":
            text, variables = member if _is_pair(member) else (member, {})
            found = _VARIABLE.findall(text) if isinstance(text, str) else []
            names = (name.split(".")[0].strip() for name in found)
            yield from _own(name for name in names if name not in (variables or ()))
            yield from references(variables)
        elif key == "DependsOn":
            yield from _own(as_list(member))
        else:
            yield from references(member)


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], dict)


def _own(names: Iterable[Any]) -> Iterator[str]:
    return (name for name in names if isinstance(name, str) and not name.startswith("AWS::"))
