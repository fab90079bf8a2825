"""Where the functions are that monitoring.yml attaches to: files of any of the known forms.

The form is told by what a file holds, never by its name.
"""

import glob
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from tocsin.attach import cloud_assembly, sam_globals, serverless_state, terraform_plan
from tocsin.attach.compiled_functions import (
    ASSET_PATH,
    functions_of,
    resources_of,
)
from tocsin.attach.found import FoundFunction, FoundStack
from tocsin.attach.known_values import KnownValues
from tocsin.attach.unrolled_template import UnrolledTemplate, unrolled_template
from tocsin.cloudformation.template_file import read_template
from tocsin.exceptions import InputError

MOST_FILES = 200
MOST_FUNCTIONS = 2_000
_DEEPEST = 5  # nested stacks in nested stacks
_MOST_NESTED = 200
_ACCEPTED = (
    "a compiled Serverless template (.serverless/cloudformation-template-update-stack.json), a SAM "
    "template, cdk.out or its templates, a CloudFormation template, or a Terraform plan in JSON"
)
_BUILT_BY_SAM = (".aws-sam", "build")
_SAM_FILES = ("template.yaml", "template.yml")
_NESTED = {
    "AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location",
}  # fmt: skip


class NoTemplate(InputError):
    """There is no file to read; the functions may be known all the same."""


@dataclass(frozen=True)
class Place:
    """What a template does not say of where it goes. Empty where it is not known."""

    region: str
    account: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TemplateFile:
    """One template of one stack, before its functions are looked for."""

    file: Path
    stack: str
    tool: str
    document: Mapping[str, Any]
    state: serverless_state.ServerlessState | None = None


def template_files(root: Path, pattern: str, stack: str = "") -> list[TemplateFile]:
    """The templates that ``pattern`` names: a file, a folder of CDK or SAM, or a glob.

    ``stack`` names the stack where the files do not, and chooses among several.

    Raises:
        NoTemplate: there is no such file.
        InputError: a file is none of the known forms, or there are too many.
    """
    found: dict[Path, TemplateFile] = {}
    for path in _paths(root, pattern):
        for template in _of_path(path, stack):
            found.setdefault(template.file.resolve(), template)
    templates = list(found.values())
    if stack and len(templates) > 1:
        chosen = [template for template in templates if template.stack == stack]
        if not chosen:
            names = ", ".join(sorted({template.stack for template in templates})[:10])
            raise InputError(
                f"{pattern}: found the stacks {names}; accepted: one of them as `stack`, which is "
                f"{stack}"
            )
        return chosen
    return templates


def document_of(template: TemplateFile, place: Place) -> Mapping[str, Any]:
    """A template of CloudFormation with what its loops make, as far as that is known."""
    return _unrolled(template.document, place, template.stack, place.parameters, {}).document


def functions_in(
    template: TemplateFile, place: Place, deployed: Mapping[str, Mapping[str, str]] | None = None
) -> FoundStack:
    """The functions of a template, nested stacks included.

    Raises:
        InputError: a nested template cannot be read, or there are too many functions.
    """
    if template.tool == "terraform":
        return terraform_plan.functions_of_plan(template.file, template.document)
    notes: list[str] = []
    functions = list(_functions(template, place, deployed or {}, notes))
    if len(functions) > MOST_FUNCTIONS:
        raise InputError(
            f"{template.file}: found {len(functions):,} functions; accepted: {MOST_FUNCTIONS:,}"
        )
    found = FoundStack(
        template.stack, template.tool, tuple(functions), tuple(notes), _declaration(template)
    )
    if template.state is None:
        return found
    named = serverless_state.with_state(found.functions, template.state)
    return replace(found, functions=named, stage=template.state.stage)


def _functions(
    template: TemplateFile,
    place: Place,
    deployed: Mapping[str, Mapping[str, str]],
    notes: list[str],
) -> Iterator[FoundFunction]:
    folder = template.file.parent
    waiting = [("", template.document, folder, place.parameters, 0)]
    read = 0
    while waiting:
        inside, document, here, parameters, depth = waiting.pop(0)
        stack = template.stack if not inside else ""
        unrolled = _unrolled(document, place, stack, parameters, deployed.get(inside, {}))
        values = unrolled.values
        notes += unrolled.notes
        yield from functions_of(unrolled, folder=here, inside=inside)
        for logical_id, resource in resources_of(unrolled.document).items():
            if str(resource.get("Type")) not in _NESTED or values.left_out(
                resource.get("Condition")
            ):
                continue
            name = f"{inside}/{logical_id}" if inside else logical_id
            file = _nested_file(resource, values, here, folder)
            if file is None or depth == _DEEPEST:
                notes.append(f"the functions of the nested stack {name} are not known: its "
                             "template is not beside this one")  # fmt: skip
                continue
            inner = read_template(file)
            if isinstance(inner, Mapping):
                read += 1
                if read > _MOST_NESTED:
                    raise InputError(
                        f"{template.file}: found more than {_MOST_NESTED} nested stacks; accepted: "
                        "fewer"
                    )
                properties = values.mapping(resource.get("Properties"))
                given = values.mapping(properties.get("Parameters"))
                known = {key: values.text(value) for key, value in given.items()}
                passed = {key: value for key, value in known.items() if value is not None}
                waiting.append((name, inner, file.parent, passed, depth + 1))


def _unrolled(
    document: Mapping[str, Any],
    place: Place,
    stack: str,
    parameters: Mapping[str, str],
    deployed: Mapping[str, str],
) -> UnrolledTemplate:
    values_of = partial(
        KnownValues,
        region=place.region,
        stack=stack,
        account=place.account,
        parameters=parameters,
        deployed=deployed,
    )
    return unrolled_template(document, values_of)


def _nested_file(
    resource: Mapping[str, Any], values: KnownValues, here: Path, folder: Path
) -> Path | None:
    """The template of a nested stack, if it is a file below ``folder``."""
    metadata = resource.get("Metadata")
    path = metadata.get(ASSET_PATH) if isinstance(metadata, Mapping) else None
    if not isinstance(path, str):
        properties = values.mapping(resource.get("Properties"))
        path = values.text(properties.get(_NESTED[str(resource["Type"])]))
    if not path or "://" in path or "\0" in path:
        return None
    try:
        found = (here / path).resolve()
        return found if found.is_relative_to(folder.resolve()) and found.is_file() else None
    except OSError:
        return None


def _paths(root: Path, pattern: str) -> list[Path]:
    if "\0" in pattern:
        raise InputError(f"{pattern!r}: found a null; accepted: {_ACCEPTED}")
    path = root / pattern
    if os.path.exists(path):  # False for a name that no file can have
        return [path]
    found = sorted(glob.glob(str(path)))[: MOST_FILES + 1] if glob.has_magic(pattern) else []
    if not found:
        raise NoTemplate(f"{pattern}: no such file")
    if len(found) > MOST_FILES:
        raise InputError(f"{pattern}: found more than {MOST_FILES} files; accepted: fewer")
    return [Path(name) for name in found]


def _of_path(path: Path, stack: str) -> Iterator[TemplateFile]:
    if path.is_dir():
        yield from _of_folder(path, stack)
        return
    if path.name == cloud_assembly.MANIFEST:
        yield from _of_folder(path.parent, stack)
        return
    if cloud_assembly.is_assembly(path.parent):
        # Only those that are a stack by themselves: nested ones come with theirs.
        stacks = {file: name for name, file in cloud_assembly.stacks_of_assembly(path.parent)}
        if path.resolve() in stacks:
            yield _template(path, stacks[path.resolve()])
            return
        if ".nested." in path.name:
            return
    yield _template(path, stack)


def _of_folder(folder: Path, stack: str) -> Iterator[TemplateFile]:
    if cloud_assembly.is_assembly(folder):
        for name, template in cloud_assembly.stacks_of_assembly(folder):
            yield _template(template, name)
        return
    known = (*_SAM_FILES, serverless_state.TEMPLATE_FILE)
    file = next((folder / name for name in known if (folder / name).is_file()), None)
    if file is None:
        raise NoTemplate(f"{folder}: found a folder without a template; accepted: {_ACCEPTED}")
    yield _template(file, stack)


def _template(file: Path, stack: str) -> TemplateFile:
    document = read_template(file)
    if terraform_plan.is_plan(document):
        return TemplateFile(file, stack, "terraform", document)
    if not isinstance(document, Mapping) or not isinstance(document.get("Resources"), Mapping):
        raise InputError(
            f"{file}: found neither Resources nor planned_values; accepted: {_ACCEPTED}"
        )
    state = serverless_state.read_state(file)
    if state is not None:
        return TemplateFile(file, stack or state.stack, "serverless", document, state)
    return TemplateFile(file, stack, _tool(file, document), document)


def _tool(file: Path, document: Mapping[str, Any]) -> str:
    if sam_globals.is_sam(document):
        return "sam"
    if "ServerlessDeploymentBucket" in document["Resources"]:
        return "serverless"
    if cloud_assembly.is_assembly(file.parent) or "CDKMetadata" in document["Resources"]:
        return "cdk"
    return "cloudformation"


def _declaration(template: TemplateFile) -> Path | None:
    """The file that a person changes for the template to change."""
    if template.state is not None:
        return template.state.declaration
    if template.tool != "sam":
        return None
    folder = template.file.parent
    if folder.parts[-2:] != _BUILT_BY_SAM:
        return template.file
    project = folder.parent.parent
    return next((project / name for name in _SAM_FILES if (project / name).is_file()), None)
