"""Files that people and tools hand to us, JSON or YAML: read within bounds, or refused in words.

A few lines of YAML can stand for billions of nodes, or for a loop; brackets in brackets take the
parsers past the stack, libyaml's with a crash. So the events, which are read one by one, are
counted before anything is made of them.
"""

import json
import re
import stat
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 2_000_000
"""Values of one file, those that aliases repeat counted each time."""

_BLANKS = re.compile(r"(?<=\S)[ \t]+(?=#|\r?$)", re.MULTILINE)

# libyaml's, where PyYAML was built with it: large stages are megabytes of YAML.
SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DocumentError(ValueError):
    """What is wrong with a document, and on which line, from 1."""

    def __init__(self, problem: str, line: int = 1) -> None:
        super().__init__(f"{problem} (line {line})" if line > 1 else problem)
        self.problem = problem
        self.line = line


def read_text(path: Path) -> str:
    """The text of a file, UTF-8 with or without a byte order mark.

    Raises:
        OSError: it cannot be read. DocumentError: it is no file, too large, or no UTF-8.
    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise DocumentError("no regular file")
    if found.st_size > MAX_BYTES:
        raise DocumentError(f"it has {found.st_size:,} bytes; at most {MAX_BYTES:,} are read")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"it is not UTF-8: {error.reason} at byte {error.start}") from None


def json_value(text: str) -> Any:
    """What ``text`` stands for as JSON; NaN and Infinity are none.

    Raises:
        DocumentError: it is no JSON, or nested too deeply.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise DocumentError(f"no JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise DocumentError(_TOO_DEEP) from None
    except ValueError as error:  # a number of thousands of digits
        raise DocumentError(f"no JSON: {error}") from None
    if _is_too_deep(value):
        raise DocumentError(_TOO_DEEP)
    return value


def yaml_document(text: str, loader_class: Any) -> tuple[yaml.Node | None, Any]:
    """The tree of ``text`` and what it stands for, by a safe yaml loader; None twice where empty.

    Raises:
        DocumentError: it is no YAML, beyond the bounds, or has a value that is none of its kind.
    """
    check_yaml(text)
    try:
        loader = loader_class(text)
        node = loader.get_single_node()
        return node, None if node is None else loader.construct_document(node)
    except yaml.YAMLError as error:
        raise yaml_error(error) from None
    except (ValueError, TypeError, OverflowError) as error:  # 2026-99-99, a list as a key
        raise DocumentError(f"no YAML: {error}") from None


def yaml_tree(text: str) -> yaml.Node | None:
    """The tree of ``text``, with PyYAML's marks; None where it is empty.

    A tab before a comment or at the end of a line is a space in it: PyYAML takes none there,
    unlike libyaml and the tools that the file is for.

    Raises:
        DocumentError: it is no YAML, several documents, or beyond the bounds.
    """
    check_yaml(text)
    try:
        return yaml.compose(_BLANKS.sub(_as_spaces, text), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise yaml_error(error) from None


def _as_spaces(found: re.Match[str]) -> str:
    return " " * len(found[0])


def short_form(loader: Any, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """What a short form of CloudFormation stands for: ``!Ref x`` is ``{"Ref": "x"}``.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
    """
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has these three kinds
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


def check_yaml(text: str) -> None:
    """Nothing where ``text`` is YAML within the bounds.

    Raises:
        DocumentError: it is not, or an alias stands inside of what it repeats.
    """
    # (anchor, number of values, levels inside) of each collection that is open, and of the document
    # around all. What an alias repeats is as deep as it was, below where the alias stands.
    opened: list[list[Any]] = [[None, 0, 0]]
    repeated: dict[str, tuple[int, int]] = {}
    try:
        for event in yaml.parse(text, Loader=SafeLoader):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if isinstance(event, yaml.CollectionStartEvent):
                opened.append([event.anchor, 1, 0])
                if len(opened) > MAX_DEPTH:
                    raise DocumentError(_TOO_DEEP, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, size, inside = opened.pop()
                opened[-1][1] += size
                opened[-1][2] = max(opened[-1][2], inside + 1)
                if anchor is not None:
                    repeated[anchor] = (size, inside + 1)
            elif isinstance(event, yaml.ScalarEvent):
                opened[-1][1] += 1
                if event.anchor is not None:
                    repeated[event.anchor] = (1, 0)
            elif isinstance(event, yaml.AliasEvent):
                if any(anchor == event.anchor for anchor, _, _ in opened):
                    raise DocumentError(f"*{event.anchor} stands inside of &{event.anchor}", line)
                size, levels = repeated.get(str(event.anchor), (1, 0))
                if len(opened) + levels > MAX_DEPTH:
                    raise DocumentError(_TOO_DEEP, line)
                opened[-1][1] += size
                opened[-1][2] = max(opened[-1][2], levels)
            if opened[-1][1] > MAX_NODES:
                raise DocumentError(f"it stands for more than {MAX_NODES:,} values", line)
    except yaml.YAMLError as error:
        raise yaml_error(error) from None


_TOO_DEEP = f"it is nested more than {MAX_DEPTH} levels deep"


def _is_too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        level = [
            member
            for collection in level
            for member in (collection.values() if isinstance(collection, dict) else collection)
            if isinstance(member, dict | list)
        ]
        if not level:
            return False
    return True


def _no_constant(name: str) -> Any:
    raise DocumentError(f"no JSON: {name}")


def yaml_error(error: yaml.YAMLError) -> DocumentError:
    """What PyYAML says, in one line, with the line of the text."""
    mark = getattr(error, "problem_mark", None)
    words = (getattr(error, "context", None), getattr(error, "problem", None))
    problem = " ".join(filter(None, words)) or str(error)
    return DocumentError(f"no YAML: {problem}", mark.line + 1 if mark else 1)
