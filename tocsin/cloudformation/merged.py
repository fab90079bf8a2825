"""The compiled templates of a stage, read as one.

What is checked, proven and priced is the stage; in how many stacks it comes is deployment.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.stacks.shared import shared_arns
from tocsin.stacks.stack import Stack, stacks_of


def read_whole(stage: Stage, files: Iterable[Path]) -> Template:
    """The templates of the stacks of ``stage``, main one first, as one template.

    Raises:
        TocsinError: a file is not there or no JSON.
    """
    return whole(stage, [Template.read(file) for file in files])


def whole(stage: Stage, templates: Sequence[Template]) -> Template:
    """One template with the resources and outputs of all: ``templates`` as in ``stacks_of``.

    A logical id that several stacks have (the layer, the bucket of osls) gets the stack's part
    added; where a sibling spells out the ARN of something shared, the view refers to it as the
    main stack does. The template of a stage with one stack is returned as it is.
    """
    main, *siblings = templates
    if not siblings:
        return main
    stacks = stacks_of(stage)
    merged: dict[str, Any] = {
        **main,
        **{key: dict(main.section(key)) for key in ("Resources", "Outputs")},
    }
    external = [template.section("Metadata").get("ExternalFunctions", {}) for template in templates]
    if any(external):
        every = {name: timeout for functions in external for name, timeout in functions.items()}
        merged["Metadata"] = {**main.section("Metadata"), "ExternalFunctions": every}
    for stack, template in zip(stacks[1:], siblings, strict=True):
        view = _View(stacks[0], stack, merged, template)
        for key in ("Resources", "Outputs"):
            merged[key] |= {
                view.renamed(name): view.seen(value)
                for name, value in template.section(key).items()
            }
    return Template(merged)


class _View:
    """How the values of a sibling's template read in the merged one."""

    def __init__(
        self, main: Stack, stack: Stack, merged: dict[str, Any], template: Template
    ) -> None:
        taken = {*merged["Resources"], *merged["Outputs"]}
        own = {*template.section("Resources"), *template.section("Outputs")}
        self.names = {name: f"{name}Of{stack.part.capitalize()}" for name in own & taken}
        written, meant = shared_arns(stack), shared_arns(main)
        self.shared = {
            json.loads(written[key])["Fn::Sub"]: json.loads(meant[key]) for key in written
        }

    def renamed(self, name: str) -> str:
        return self.names.get(name, name)

    def seen(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.seen(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((key, argument),) = value.items()
            if key == "Ref":
                return {key: self.renamed(argument)}
            if key == "Fn::GetAtt" and isinstance(argument, list):
                return {key: [self.renamed(argument[0]), *argument[1:]]}
            if key == "Fn::Sub" and isinstance(argument, str) and argument in self.shared:
                return self.shared[argument]
        return {
            key: self._depends(member) if key == "DependsOn" else self.seen(member)
            for key, member in value.items()
        }

    def _depends(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.renamed(item) for item in value]
        return self.renamed(value)
