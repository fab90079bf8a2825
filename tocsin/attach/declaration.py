"""The snippet's lines in the file that declares the functions: first as a diff, then written."""

import difflib
import stat
from dataclasses import dataclass
from pathlib import Path

import yaml

from tocsin import documents
from tocsin.attach import serverless_declaration
from tocsin.attach.additions import Addition
from tocsin.attach.serverless_declaration import members_of, text_of
from tocsin.attach.snippets import Snippet
from tocsin.attach.yaml_edit import NotEditable, with_addition
from tocsin.escaping import visible
from tocsin.file_replacement import replace_file

_SUFFIXES = (".yml", ".yaml")


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
        if text_of(target) != self.before:
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
        before = text_of(file)
        addition = snippet.addition
        _check_declared(before, addition)
        if snippet.tool == "serverless":
            addition = serverless_declaration.of_file(before, addition)
        return DeclarationChange(file, before, with_addition(before, addition))
    except documents.DocumentError as error:
        raise NotEditable(f"{file.name}:{error.line}: {error.problem}") from None
    except NotEditable as error:
        raise NotEditable(f"{file.name}: {error}") from None


def _check_declared(text: str, addition: Addition) -> None:
    """Lines for a function that the file has not would be half a function."""
    root = members_of(documents.yaml_tree(text))
    for section in ("functions", "Resources"):
        if not isinstance(root.get(section), yaml.MappingNode):
            continue  # what it is, is said where the lines would go
        declared = members_of(root[section])
        missing = [
            key
            for key, entry in addition.get(section, {}).items()
            if key not in declared and "Type" not in entry
        ]
        if missing:
            raise NotEditable(f"it does not declare {', '.join(map(visible, missing))}")
