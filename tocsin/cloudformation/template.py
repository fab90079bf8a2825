"""A CloudFormation template, read once for all who ask what it has.

Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from tocsin import documents
from tocsin.cloudformation.references import references
from tocsin.exceptions import TocsinError
from tocsin.json_values import as_list
from tocsin.typed_command import typed

Resource = Mapping[str, Any]
Properties = Mapping[str, Any]
Statement = Mapping[str, Any]

_NONE: Mapping[str, Any] = {}


class Template(Mapping[str, Any]):
    """A template as CloudFormation takes it: a mapping of its sections, and what is asked of it.

    The template may be anybody's: what does not have the shape that CloudFormation asks for is no
    resource, and no property. It is not to be changed once it is read.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @classmethod
    def of(cls, template: Mapping[str, Any]) -> "Template":
        """``template`` itself where it is one."""
        return template if isinstance(template, Template) else cls(template)

    @classmethod
    def read(cls, file: Path) -> Self:
        """A compiled template.

        Raises:
            TocsinError: the file is not there, no JSON object, or beyond ``tocsin.documents``.
        """
        try:
            document = documents.json_value(documents.read_text(file))
        except (OSError, documents.DocumentError) as error:
            raise TocsinError(f"{file}: {error}; `{typed('package')}` writes it") from error
        if not isinstance(document, dict):
            raise TocsinError(f"{file}: no JSON object; `{typed('package')}` writes it")
        return cls(document)

    def __getitem__(self, section: str) -> Any:
        return self.document[section]

    def __iter__(self) -> Iterator[str]:
        return iter(self.document)

    def __len__(self) -> int:
        return len(self.document)

    def section(self, name: str) -> Mapping[str, Any]:
        """A section by its members; empty where it is absent or no object."""
        return _object(self.document.get(name))

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """By logical id."""
        return {
            logical_id: resource
            for logical_id, resource in self.section("Resources").items()
            if isinstance(resource, Mapping)
        }

    @property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        """By key."""
        return {
            key: output
            for key, output in self.section("Outputs").items()
            if isinstance(output, Mapping)
        }

    def type_of(self, logical_id: str) -> str:
        """The type of a resource; empty where there is none."""
        return _type(self.resources.get(logical_id, _NONE))

    def properties_of(self, logical_id: str) -> Properties:
        """The properties of a resource; empty where there is none."""
        return _object(self.resources.get(logical_id, _NONE).get("Properties"))

    def of_type(self, kind: str) -> Mapping[str, Properties]:
        """Logical id -> properties of every resource of a type."""
        return self._by_type.get(kind, _NONE)

    @property
    def types(self) -> Mapping[str, Mapping[str, Properties]]:
        """``of_type`` of each type that there is."""
        return self._by_type

    @cached_property
    def _by_type(self) -> dict[str, dict[str, Properties]]:
        found: dict[str, dict[str, Properties]] = {}
        for logical_id, resource in self.resources.items():
            properties = _object(resource.get("Properties"))
            found.setdefault(_type(resource), {})[logical_id] = properties
        return found

    def references(self, logical_id: str) -> frozenset[str]:
        """The logical ids that a resource mentions, those it depends on among them."""
        if logical_id not in self._references:
            found = references(self.resources.get(logical_id, _NONE))
            self._references[logical_id] = frozenset(found)
        return self._references[logical_id]

    @cached_property
    def _references(self) -> dict[str, frozenset[str]]:
        return {}

    def made_before(self, logical_id: str) -> set[str]:
        """The resources that CloudFormation makes before this one."""
        found: set[str] = set()
        waiting = [logical_id]
        while waiting:
            new = self.references(waiting.pop()) - found
            found |= new
            waiting += new
        return found

    def dangling(self) -> Iterator[tuple[str, str]]:
        """(resource or output, what it refers to) where the template has no such thing.

        CloudFormation refuses the whole template for one.
        """
        known = {*self.section("Resources"), *self.section("Parameters")}
        for section in ("Resources", "Outputs"):
            for name, member in self.section(section).items():
                for target in sorted(set(references(member)) - known):
                    yield name, target

    def statements(self, role: str) -> tuple[Statement, ...]:
        """Every statement of a role's inline policies, by the role's logical id."""
        return tuple(statements(self.properties_of(role)))

    @property
    def size(self) -> int:
        """Bytes of it as JSON without indentation, as osls uploads it."""
        return len(json.dumps(self.document, separators=(",", ":"), ensure_ascii=False).encode())


def statements(role: Properties) -> Iterator[Statement]:
    """Every statement of a role's inline policies."""
    for policy in role.get("Policies", ()):
        yield from statements_of(policy.get("PolicyDocument"))


def statements_of(document: Any) -> Sequence[Statement]:
    """The statements of a policy document, which may have one or several."""
    return as_list(_object(document).get("Statement") or [])


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else _NONE


def _type(resource: Resource) -> str:
    kind = resource.get("Type")
    return kind if isinstance(kind, str) else ""
