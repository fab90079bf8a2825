"""The snippet's lines in the file that declares the functions: first as a diff, then written."""

import difflib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tocsin import documents
from tocsin.attach.additions import Addition
from tocsin.attach.snippets import Snippet
from tocsin.attach.yaml_edit import NotEditable, with_addition
from tocsin.escaping import visible
from tocsin.file_replacement import replace_file

_SUFFIXES = (".yml", ".yaml")
MOST_BYTES = 2_000_000
"""Of a file that people keep by hand."""


@dataclass(frozen=True)
class DeclarationChange:
    """A file as it is and as it would be."""

    file: Path
    before: str
    after: str

    def diff(self, shown: str) -> list[str]:
        """The lines of a unified diff of the file that is called ``shown``."""
        lines = difflib.unified_diff(
            self.before.splitlines(), self.after.splitlines(), shown, shown, lineterm=""
        )
        return list(lines)

    def write(self) -> None:
        """Put the new text in place of the old one, whole or not at all.

        Raises:
            NotEditable: the file is not what it was. OSError: it cannot be written.
        """
        target = self.file.resolve()
        if _text(target) != self.before:
            raise NotEditable(f"{self.file} was changed meanwhile")
        mode = stat.S_IMODE(target.stat().st_mode)
        replace_file(target, self.after.encode(), mode)


def change(snippet: Snippet) -> DeclarationChange:
    """What the file of ``snippet`` would be with its lines in it; nothing is written.

    Raises:
        NotEditable: there is no such file, or the lines cannot be put there by machine.
    """
    file = snippet.declaration
    if file is None or file.suffix not in _SUFFIXES or not snippet.addition:
        raise NotEditable("no file of YAML is known that declares these functions")
    try:
        before = _text(file)
        addition = snippet.addition
        _check_declared(before, addition)
        if snippet.tool == "serverless":
            addition = _of_serverless(before, addition)
        return DeclarationChange(file, before, with_addition(before, addition))
    except documents.DocumentError as error:
        raise NotEditable(f"{file.name}:{error.line}: {error.problem}") from None
    except NotEditable as error:
        raise NotEditable(f"{file.name}: {error}") from None


def _check_declared(text: str, addition: Addition) -> None:
    """Lines for a function that the file has not would be half a function."""
    root = _members(documents.yaml_tree(text))
    for section in ("functions", "Resources"):
        if not isinstance(root.get(section), yaml.MappingNode):
            continue  # what it is, is said where the lines would go
        declared = _members(root[section])
        missing = [
            key
            for key, entry in addition.get(section, {}).items()
            if key not in declared and "Type" not in entry
        ]
        if missing:
            raise NotEditable(f"it does not declare {', '.join(map(visible, missing))}")


def _text(file: Path) -> str:
    """The text with its own line ends."""
    if file.stat().st_size > MOST_BYTES:
        raise NotEditable(f"{file.name} has more than {MOST_BYTES:,} bytes")
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except UnicodeDecodeError:
        raise NotEditable(f"{file.name} is not UTF-8") from None


def _of_serverless(text: str, addition: Addition) -> Addition:
    """``addition`` as this file takes it: layers of one function take the place of all's.

    https://www.serverless.com/framework/docs/providers/aws/guide/layers
    """
    root = _members(documents.yaml_tree(text))
    provider, functions = _members(root.get("provider")), _members(root.get("functions"))
    changed: dict[str, Any] = {key: dict(value) for key, value in addition.items()}
    if "layers" in changed.get("provider", {}):
        own = [key for key, function in functions.items() if "layers" in _members(function)]
        if own:
            raise NotEditable(f"{', '.join(own)}: layers of its own stand before provider.layers")
    entries: dict[str, Any] = {}
    for key, entry in changed.get("functions", {}).items():
        entries[key] = dict(entry)
        if "layers" in entry and "layers" not in _members(functions.get(key)):
            entries[key]["layers"] = [*_texts(provider.get("layers")), *entry["layers"]]
    if entries:
        changed["functions"] = entries
    legacy = provider.get("iamRoleStatements")
    if "iam" in changed.get("provider", {}) and isinstance(legacy, yaml.SequenceNode):
        statements = changed["provider"].pop("iam")["role"]["statements"]
        changed["provider"]["iamRoleStatements"] = statements
    return changed


def _members(node: yaml.Node | None) -> Mapping[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _texts(node: yaml.Node | None) -> list[str]:
    """A list of plain texts; what else it may be cannot be said again elsewhere."""
    if node is None:
        return []
    if not isinstance(node, yaml.SequenceNode) or not all(
        isinstance(item, yaml.ScalarNode) and item.tag == "tag:yaml.org,2002:str"
        for item in node.value
    ):
        raise NotEditable("provider.layers are not plain texts, and would have to be repeated")
    return [item.value for item in node.value]
