"""What a project adds to its stack: every file of its resources/ that is none of the product's.

A file is a part of a CloudFormation template: sections such as ``Resources`` and ``Outputs``, or
only logical ids with their resources, as in the product's own. ``NAME.yml`` is taken as it is,
``NAME.yml.j2`` is rendered first, as the product's are.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import yaml

from tocsin import documents, product
from tocsin.exceptions import InputError

SECTIONS = (
    "Resources", "Outputs", "Conditions", "Mappings", "Metadata", "Parameters", "extensions",
)  # fmt: skip
"""What may be added to: CloudFormation's sections, and osls's own changes to what it compiles."""
# What a whole template begins with, and a part of one has no use for.
_WORDS = frozenset({"AWSTemplateFormatVersion", "Description"})
_SUFFIXES = (".yml", ".yaml")
_JINJA = ".j2"
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class ResourcesError(InputError):
    """A file of the project's resources/ is wrong; the message names it."""


class Further:
    """The sections of all files of a project, each as the text of a YAML mapping, or empty."""

    def __init__(self) -> None:
        self._nodes: dict[str, list[tuple[yaml.Node, yaml.Node]]] = {name: [] for name in SECTIONS}
        self._from: dict[tuple[str, str], str] = {}

    def text(self, section: str) -> str:
        """What stands below ``section``, without indentation."""
        entries = self._nodes[section]
        if not entries:
            return ""
        mapping = yaml.MappingNode("tag:yaml.org,2002:map", entries, flow_style=False)
        # Not loaded and dumped: what it says in short, such as `!Ref`, goes to osls as it is.
        return str(yaml.serialize(mapping, Dumper=_Dumper, allow_unicode=True))

    def add(self, file: str, text: str) -> None:
        """Take the sections of ``text``, the content of ``file``."""
        try:
            documents.check_yaml(text)
            root = yaml.compose(text, Loader=documents.SafeLoader)
        except (documents.DocumentError, yaml.YAMLError) as error:
            found = documents.yaml_error(error) if isinstance(error, yaml.YAMLError) else error
            raise ResourcesError(
                f"{file}:{found.line}: found {found.problem}; accepted: valid YAML"
            ) from None
        if root is None:
            return
        for name, section in self._sections(file, root):
            for key, value in _entries(file, name, section):
                before = self._from.setdefault((name, key.value), f"{file}:{_line(key)}")
                if before != f"{file}:{_line(key)}":
                    raise ResourcesError(
                        f"{file}:{_line(key)}: found {key.value}, which {before} has; accepted: "
                        f"another name in {name}"
                    )
                self._nodes[name].append((key, value))

    def check_against(self, text: str) -> None:
        """Raise where a name of the project's is one of the product's in ``text``.

        ``text`` is the rendered serverless.yml, with both in it.
        """
        if not self._from:
            return
        document = _mapping(yaml.compose(text, Loader=documents.SafeLoader))
        for name, section in _mapping(document.get("resources")).items():
            found: set[str] = set()
            for key, _ in section.value if isinstance(section, yaml.MappingNode) else ():
                if key.value in found and (name, key.value) in self._from:
                    raise ResourcesError(
                        f"{self._from[name, key.value]}: found {key.value}, which Tocsin's own "
                        f"{name} have; accepted: another name, or a changed copy of its template"
                    )
                found.add(key.value)

    def _sections(self, file: str, root: yaml.Node) -> Iterable[tuple[str, yaml.Node]]:
        if not isinstance(root, yaml.MappingNode):
            raise ResourcesError(
                f"{file}: found no mapping; accepted: {', '.join(SECTIONS)}, or logical ids with "
                "their resources"
            )
        names = {str(key.value) for key, _ in root.value}
        if not names & {*SECTIONS, *_WORDS}:
            yield "Resources", root
            return
        for key, value in root.value:
            if key.value in SECTIONS:
                yield key.value, value
            elif key.value not in _WORDS:
                raise ResourcesError(
                    f"{file}:{_line(key)}: found {key.value}; accepted: {', '.join(SECTIONS)}"
                )


def further_resources(root: Path, render: Callable[[str], str]) -> Further:
    """What the project in ``root`` adds; ``render`` makes text of the template of a name.

    Raises:
        ResourcesError: a file is no part of a template, or says what another one says.
    """
    found = Further()
    for file in further_files(root):
        name = file.relative_to(root).as_posix()
        is_template = file.suffix == _JINJA
        try:
            found.add(name, render(name) if is_template else documents.read_text(file))
        except (OSError, documents.DocumentError) as error:
            said = error.strerror if isinstance(error, OSError) else error
            raise ResourcesError(f"{name}: found {said}; accepted: a file of YAML") from None
    return found


def further_files(root: Path) -> list[Path]:
    """The files of the project's resources/ that no template of the product's includes."""
    folder = root / product.RESOURCES
    if not folder.is_dir():
        return []
    return [
        file
        for file in sorted(folder.iterdir())
        if file.is_file()
        and file.name not in product.INCLUDED
        and Path(file.name.removesuffix(_JINJA)).suffix in _SUFFIXES
    ]


def _entries(
    file: str, name: str, section: yaml.Node
) -> Iterable[tuple[yaml.ScalarNode, yaml.Node]]:
    if isinstance(section, yaml.ScalarNode) and not section.value:
        return  # `Outputs:` with nothing below it
    if not isinstance(section, yaml.MappingNode):
        raise ResourcesError(f"{file}:{_line(section)}: {name}: found no mapping; accepted: one")
    for key, value in section.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ResourcesError(
                f"{file}:{_line(key)}: {name}: found a list or a mapping as a key; accepted: a name"
            )
        if name == "Resources" and "Type" not in _mapping(value):
            raise ResourcesError(
                f"{file}:{_line(key)}: {key.value}: found no Type; accepted: a resource of "
                "CloudFormation"
            )
        yield key, value


def _mapping(node: yaml.Node | None) -> Mapping[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in node.value}


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
