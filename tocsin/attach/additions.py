"""What is added to a file of YAML, as a tree; its text, for a person or for a file.

A mapping adds its keys, a list its items, and ``Replaced`` takes the place of one text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Addition = Mapping[str, Any]
"""Text -> another of these, a list, a text, or ``Replaced``."""

STEP = 2
_PLAIN = re.compile(r"[A-Za-z$/](?:[\w./${}@*-]|:(?=[\w./${}@*:]))*")
# What YAML takes for something else than a text.
_MEANT = re.compile(r"(?i)y|n|yes|no|true|false|on|off|null|~")


@dataclass(frozen=True)
class Replaced:
    """A text in place of the one that stands there."""

    text: str


def yaml_lines(value: Any, indent: int = 0, step: int = STEP) -> Iterator[str]:
    """The lines of a mapping or a list in block style."""
    space = " " * indent
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _entry(f"{space}{_scalar(str(key))}:", member, indent, step)
        return
    for member in value:
        if isinstance(member, Mapping):
            first, *rest = yaml_lines(member, indent + 2, step)
            yield f"{space}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{space}- {_scalar(member)}"


def _entry(head: str, member: Any, indent: int, step: int) -> Iterator[str]:
    if isinstance(member, Mapping | list):
        yield head
        yield from yaml_lines(member, indent + step, step)
    else:
        yield f"{head} {_scalar(member)}"


def _scalar(value: Any) -> str:
    text = value.text if isinstance(value, Replaced) else str(value)
    if _PLAIN.fullmatch(text) and not _MEANT.fullmatch(text):
        return text
    return json.dumps(text, ensure_ascii=True)


def scalar(text: str) -> str:
    """A text as YAML, quoted where it would be something else without."""
    return _scalar(text)
