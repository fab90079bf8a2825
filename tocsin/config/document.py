"""A YAML document that remembers where each key stands and refuses a key given twice."""

from dataclasses import dataclass, field
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


# libyaml's, where PyYAML was built with it: every task reads the file of hundreds of functions.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """YAML 1.2's booleans: `on`, `off`, `yes` and `no` are text, as a key or a value."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:bool" or first in "tTfF"
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


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
