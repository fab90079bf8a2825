"""The snippet's lines as one ``serverless.yml`` takes them.

https://www.serverless.com/framework/docs/providers/aws/guide/layers
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tocsin import documents
from tocsin.attach.additions import Addition
from tocsin.attach.yaml_edit import NotEditable

MOST_BYTES = 2_000_000
"""Of a file that people keep by hand."""


def text_of(file: Path) -> str:
    """The text with its own line ends.

    Raises:
        NotEditable: it is beyond the bounds, or no text. OSError: it cannot be read.
    """
    if file.stat().st_size > MOST_BYTES:
        raise NotEditable(f"{file.name} has more than {MOST_BYTES:,} bytes")
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except UnicodeDecodeError:
        raise NotEditable(f"{file.name} is not UTF-8") from None


def of_file(text: str, addition: Addition) -> Addition:
    """``addition`` as this file takes it: layers of one function take the place of all's.

    What was made for the file already is the same again.

    Raises:
        NotEditable: the layers cannot be said again. DocumentError: ``text`` is no YAML.
    """
    root = members_of(documents.yaml_tree(text))
    provider, functions = members_of(root.get("provider")), members_of(root.get("functions"))
    changed: dict[str, Any] = {key: dict(value) for key, value in addition.items()}
    if "layers" in changed.get("provider", {}):
        own = [key for key, function in functions.items() if "layers" in members_of(function)]
        if own:
            raise NotEditable(f"{', '.join(own)}: layers of its own stand before provider.layers")
    entries: dict[str, Any] = {}
    for key, entry in changed.get("functions", {}).items():
        entries[key] = dict(entry)
        if "layers" in entry and "layers" not in members_of(functions.get(key)):
            shared = _texts(provider.get("layers"))
            added = [layer for layer in entry["layers"] if layer not in shared]
            entries[key]["layers"] = [*shared, *added]
    if entries:
        changed["functions"] = entries
    legacy = provider.get("iamRoleStatements")
    if "iam" in changed.get("provider", {}) and isinstance(legacy, yaml.SequenceNode):
        statements = changed["provider"].pop("iam")["role"]["statements"]
        changed["provider"]["iamRoleStatements"] = statements
    return changed


def members_of(node: yaml.Node | None) -> Mapping[str, yaml.Node]:
    """The members of a mapping by their keys; of anything else none."""
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
