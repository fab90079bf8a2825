"""Lines added to a YAML file that somebody wrote: comments, order and quotes stay as they are.

Nothing is written anew: lines are inserted where PyYAML's marks say that a mapping or a list ends.
What cannot be done so is refused, and the result is read again before anybody gets it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from tocsin import documents
from tocsin.attach.additions import STEP, Addition, Replaced, scalar, yaml_lines
from tocsin.exceptions import TocsinError

_NULL = "tag:yaml.org,2002:null"
_TEXT = "tag:yaml.org,2002:str"
_MERGE = "<<"
_BLOCK_SCALARS = ("|", ">")
_OTHER_LINES = re.compile("\r(?!\n)|[\x85\u2028\u2029]")


class NotEditable(TocsinError):
    """Lines cannot be added by machine; the message says what stands in the way, and where."""


def with_addition(text: str, addition: Addition) -> str:
    """``text``, a YAML document, with ``addition`` in it.

    Raises:
        NotEditable: see there. DocumentError: ``text`` is no YAML, or beyond the bounds.
    """
    node = documents.yaml_tree(text)
    if not isinstance(node, yaml.MappingNode):
        raise NotEditable("the file is no mapping")
    edit = _Edit(text, node)
    edit.add(node, addition, "")
    changed = edit.changed()
    try:
        after = documents.yaml_tree(changed)
    except documents.DocumentError as error:
        raise NotEditable(f"it would be no YAML any more: {error}") from None
    if _plain(after) != _merged(_plain(node), addition):
        raise NotEditable("it would mean something else than with these lines in it")
    return changed


@dataclass
class _Edit:
    """Insertions by the line they come after, counted from 0, and replaced spans."""

    text: str
    root: yaml.Node
    insertions: list[tuple[int, list[str]]] = field(default_factory=list)
    replaced: list[tuple[int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if _OTHER_LINES.search(self.text):
            raise NotEditable("it has line breaks other than those of text files")
        self._lines = _lines(self.text)
        seen: set[int] = set()
        self._shared: set[int] = set()
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            if id(node) in seen:
                self._shared.add(id(node))
                continue
            seen.add(id(node))
            waiting += _children(node)

    def add(self, node: yaml.MappingNode, addition: Addition, where: str) -> None:
        self._check(node, where)
        indent = node.start_mark.column
        new: dict[str, Any] = {}
        members = {
            key.value: (key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)
        }
        for key, added in addition.items():
            inside = f"{where}.{key}" if where else key
            if key not in members:
                if _MERGE in members:
                    raise NotEditable(f"{where or 'the file'} is merged with another by <<")
                if isinstance(added, Replaced):
                    raise NotEditable(f"{inside}: there is none to replace")
                new[key] = added
            else:
                self._into(*members[key], added, inside)
        if new:
            self.insertions.append((self._end(node), list(yaml_lines(new, indent, self._step()))))

    def _into(self, key: yaml.Node, value: yaml.Node, added: Any, where: str) -> None:
        """``added`` into what stands at ``where`` already."""
        if isinstance(added, Replaced):
            self._replace(value, added, where)
        elif isinstance(value, yaml.ScalarNode) and value.tag == _NULL and not value.value:
            indent = key.start_mark.column + self._step()
            lines = list(yaml_lines(added, indent, self._step()))
            self.insertions.append((key.end_mark.line, lines))
        elif isinstance(value, yaml.MappingNode) and isinstance(added, dict):
            self.add(value, added, where)
        elif isinstance(value, yaml.SequenceNode) and isinstance(added, list):
            self._check(value, where)
            lines = list(yaml_lines(added, value.start_mark.column, self._step()))
            self.insertions.append((self._end(value), lines))
        else:
            raise NotEditable(f"{where} (line {value.start_mark.line + 1}) is something else "
                              "already")  # fmt: skip

    def _replace(self, value: yaml.Node, added: Replaced, where: str) -> None:
        one_line = value.start_mark.line == value.end_mark.line
        if not isinstance(value, yaml.ScalarNode) or not one_line or id(value) in self._shared:
            raise NotEditable(f"{where} (line {value.start_mark.line + 1}) is no text of its own")
        self.replaced.append((value.start_mark.index, value.end_mark.index, scalar(added.text)))

    def _check(self, node: yaml.CollectionNode, where: str) -> None:
        place = f"{where or 'the file'} (line {node.start_mark.line + 1})"
        if node.flow_style:
            raise NotEditable(f"{place} is written in one line, in braces or brackets")
        if id(node) in self._shared:
            raise NotEditable(f"{place} is an anchor that stands in several places")

    def _end(self, node: yaml.Node) -> int:
        """The last line of what ``node`` has."""
        if isinstance(node, yaml.ScalarNode):
            if node.style not in _BLOCK_SCALARS:
                return int(node.end_mark.line)
            line = int(node.end_mark.line) - (1 if node.end_mark.column == 0 else 0)
            line = min(line, len(self._lines) - 1)
            while line > node.start_mark.line and not self._lines[line].strip():
                line -= 1
            return line
        if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
            return int(node.end_mark.line)
        last = node.value[-1]
        if not isinstance(last, tuple):
            return self._end(last)
        key, value = last
        empty = isinstance(value, yaml.ScalarNode) and not value.value and not value.style
        # An alias has the marks of its anchor.
        if empty or value.start_mark.index < key.end_mark.index:
            return int(key.end_mark.line)
        return self._end(value)

    def _step(self) -> int:
        """How far a first mapping in a mapping is indented in this file."""
        assert isinstance(self.root, yaml.MappingNode)  # noqa: S101 - asked for by the caller
        for _, value in self.root.value:
            if isinstance(value, yaml.MappingNode) and not value.flow_style and value.value:
                return int(value.start_mark.column) or STEP
        return STEP

    def changed(self) -> str:
        """The text with all of it, its line ends kept."""
        usual = "\r\n" if "\r\n" in self.text else "\n"
        text = self.text
        # Replaced ones are within a line, so that the lines stay what they are.
        for start, end, new in sorted(self.replaced, reverse=True):
            text = text[:start] + new + text[end:]
        lines = _lines(text)
        # Of two at one place the first is of what is inside of the other.
        ordered = sorted(enumerate(self.insertions), key=lambda pair: (pair[1][0], pair[0]))
        for _, (line, added) in reversed(ordered):
            before = lines[line]
            ending = "\r\n" if before.endswith("\r\n") else "\n"
            if not before.endswith("\n"):
                ending = usual
                lines[line] = before + ending
            lines[line + 1 : line + 1] = [f"{new}{ending}" for new in added]
        return "".join(lines)


def _lines(text: str) -> list[str]:
    return re.split(r"(?<=\n)", text)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _plain(node: yaml.Node | None) -> Any:
    """What a tree means: scalars with their tags, mappings in order."""
    if isinstance(node, yaml.MappingNode):
        return (node.tag, [(_plain(key), _plain(value)) for key, value in node.value])
    if isinstance(node, yaml.SequenceNode):
        return (node.tag, [_plain(member) for member in node.value])
    return None if node is None else (node.tag, node.value)


def _merged(plain: Any, addition: Any) -> Any:
    """What ``plain`` means with ``addition`` in it."""
    if isinstance(addition, Replaced):
        return (_TEXT, addition.text)
    if not isinstance(addition, dict | list):
        return (_TEXT, str(addition))
    if isinstance(addition, list):
        before = plain[1] if plain is not None and plain[0] != _NULL else []
        tag = plain[0] if before else "tag:yaml.org,2002:seq"
        return (tag, [*before, *(_merged(None, item) for item in addition)])
    before = plain[1] if plain is not None and plain[0] != _NULL else []
    tag = plain[0] if before else "tag:yaml.org,2002:map"
    known = {key[1] for key, _ in before if isinstance(key[1], str)}
    members = [
        (key, _merged(value, addition[key[1]]))
        if isinstance(key[1], str) and key[1] in addition
        else (key, value)
        for key, value in before
    ]
    return (
        tag,
        [
            *members,
            *(
                ((_TEXT, key), _merged(None, value))
                for key, value in addition.items()
                if key not in known
            ),
        ],
    )
