"""A YAML document that remembers where each key stands and refuses a key given twice."""

import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from tocsin import documents

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing wrong: where, what was found, what is accepted."""

    path: KeyPath
    found: str
    accepted: str


@dataclass(frozen=True)
class Document:
    """``data`` as plain Python, ``lines`` the 1-based line of each key path."""

    data: Any
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: KeyPath) -> int:
        """The line of ``path``, or of the nearest parent that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(documents.SafeLoader):  # type: ignore[misc]
    """YAML as osls reads a serverless.yml: by YAML 1.2, with CloudFormation's short forms.

    `on`, `off`, `yes` and `no` are text, as a key or a value; so is what only YAML 1.1 takes for a
    number or a date: `22:30`, `2012-10-17`, `1_000`, and `0123`, which osls makes 123 of.
    https://github.com/oss-serverless/osls/blob/4.x/lib/utils/serverless-utils/cloudformation-schema.js
    """


_PATTERNS = {
    "bool": r"true|True|TRUE|false|False|FALSE",
    "int": r"[-+]?(0|[1-9][0-9]*|0b[01]+|0x[0-9a-fA-F]+)",
    "float": r"[-+]?[0-9]+\.[0-9]*([eE][-+][0-9]+)?|\.[0-9]+([eE][-+][0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
}


def _resolver(tag: str, pattern: re.Pattern[str]) -> tuple[str, re.Pattern[str]]:
    ours = _PATTERNS.get(tag.removeprefix("tag:yaml.org,2002:"))
    return tag, pattern if ours is None else re.compile(rf"(?:{ours})\Z")


_Loader.yaml_implicit_resolvers = {
    first: [
        _resolver(tag, pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp"
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

_SHORT_FORMS = (
    "And", "Base64", "Cidr", "Condition", "Equals", "FindInMap", "GetAtt", "GetAZs",
    "GetStackOutput", "If", "ImportValue", "Join", "Not", "Or", "Ref", "Select", "Split", "Sub",
    "Transform",
)  # fmt: skip
"""Those that osls knows."""


def _short_form(loader: Any, node: yaml.Node, name: str) -> dict[str, Any]:
    return documents.short_form(loader, name, node)


for _name in _SHORT_FORMS:
    _Loader.add_constructor(f"!{_name}", partial(_short_form, name=_name))


def read(path: Path) -> Document:
    """Parse ``path``; a syntax error or an unreadable file is a single problem."""
    try:
        text = documents.read_text(path)
    except FileNotFoundError:
        return Document(None, {}, [Problem((), "no such file", "a YAML file")])
    except (OSError, documents.DocumentError) as error:
        return Document(None, {}, [Problem((), str(error), "a readable UTF-8 YAML file")])
    try:
        node, data = documents.yaml_document(text, _Loader)
    except documents.DocumentError as error:
        return Document(None, {(): error.line}, [Problem((), error.problem, "valid YAML")])
    document = Document(data)
    if node is not None:
        _walk(node, (), document)
    return document


def _walk(node: yaml.Node, path: KeyPath, document: Document) -> None:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            child = (*path, str(key.value))
            line = key.start_mark.line + 1
            if child in document.lines:
                document.problems.append(
                    Problem(
                        child,
                        f"a second time on line {line}",
                        f"once; the first is on line {document.lines[child]}",
                    )
                )
                continue
            document.lines[child] = line
            _walk(value, child, document)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _walk(item, (*path, index), document)


def mapping_at(data: Any, key: str) -> dict[str, Any]:
    """The mapping below ``key``; an empty one where there is none."""
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}
