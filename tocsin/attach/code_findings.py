"""What the packaged code of attached functions tells before they are deployed with it.

Modules that nothing which is deployed has, and calls of AWS that their role does not grant. They
are warnings: the functions are somebody else's to mend.
"""

from collections.abc import Iterator
from pathlib import Path

from tocsin.attach.found import PATH_VARIABLE, FoundFunction, FoundStack
from tocsin.attach.instrumentation import is_layer_of
from tocsin.attach.packaged_code import PackagedCode, packaged_code
from tocsin.attach.templates import (
    NoTemplate,
    Place,
    TemplateFile,
    document_of,
    functions_in,
    template_files,
)
from tocsin.check.call_rules import not_granted
from tocsin.check.calls.grants import grants_of
from tocsin.check.import_rules import lacking_modules, layer_modules, modules_of
from tocsin.cloudformation.template import Template
from tocsin.config import Stage
from tocsin.config.attachments import StageAttachment
from tocsin.findings import Finding, Severity
from tocsin.nearest import first_of
from tocsin.packaging.artifact_paths import build_folder

_IMPORT, _CALL, _PACKED = "attached/import", "attached/call", "attached/packed"
_OURS = frozenset({".tocsin", "monitoring.yml", "attached.lock.json"})
_PATTERNS = ('"!build/**"', '"!.tocsin/**"', '"!monitoring.yml"', '"!attached.lock.json"')
# What they have is the template as CloudFormation takes it, with its roles.
_COMPILED = ("serverless", "cdk", "cloudformation")
# SAM's own template names the source, into which `sam build` puts what is required.
_BUILT = ".aws-sam"
_MOST_MODULES = 300
"""Of their own in one archive: beyond, others' are among them, and reading all would take long."""


def code_findings(root: Path, stage: Stage) -> Iterator[Finding]:
    """A finding for each module and each right that an attached function's code lacks."""
    for entry in stage.attachments:
        if not entry.template:
            continue
        try:
            files = template_files(root, entry.template, entry.stack)
        except NoTemplate:
            continue
        for file in files:
            if file.state is None or file.state.stage == stage.name or entry.stack:
                yield from _of_template(root, stage, entry, file)


def _of_template(
    root: Path, stage: Stage, entry: StageAttachment, file: TemplateFile
) -> Iterator[Finding]:
    place = Place(stage.region, parameters=entry.parameters)
    stack = functions_in(file, place)
    watched = {function.id.rpartition("/")[2] for function in entry.functions}
    shipped = layer_modules(build_folder(root, stage))
    template = Template(document_of(file, place)) if file.tool in _COMPILED else None
    archives: dict[Path, list[FoundFunction]] = {}
    for function in stack.functions:
        if (
            function.is_python
            and function.id in watched
            and function.archive is not None
            and not _is_source(stack, function.archive)
        ):
            archives.setdefault(function.archive, []).append(function)
    for archive, functions in archives.items():
        with packaged_code(archive) as packaged:
            if packaged is None:
                continue
            yield from _own_files(functions[0], archive, packaged)
            if len(packaged.own) > _MOST_MODULES:
                continue
            for function in functions:
                code = packaged.of(function.handler)
                yield from _imports(stage, function, code, shipped)
                if template is not None:
                    yield from _calls(function, code, template)


def _is_source(stack: FoundStack, archive: Path) -> bool:
    """Whether what is deployed is made of it, and not it."""
    return stack.tool == "sam" and _BUILT not in archive.parts


def _own_files(function: FoundFunction, archive: Path, code: PackagedCode) -> Iterator[Finding]:
    """Serverless packs what lies in its folder; with a stage in it, the keys of that too."""
    if packed := sorted({name.partition("/")[0] for name in code.names} & _OURS):
        message = (
            f"{archive.name} has {', '.join(packed)} of Tocsin in it: `package.patterns` keeps "
            f"them out: {', '.join(_PATTERNS)}"
        )
        yield Finding(Severity.WARNING, _PACKED, function.label, message)


def _imports(
    stage: Stage, function: FoundFunction, code: PackagedCode, shipped: frozenset[str]
) -> Iterator[Finding]:
    ours = [layer for layer in function.layers if layer and is_layer_of(layer, stage)]
    # Other layers may have anything, and so may an archive in the archive.
    if len(ours) < len(function.layers) or PATH_VARIABLE in function.variables:
        return
    if ".requirements.zip" in code.names:
        return
    there = modules_of(code.names) | (shipped if ours else frozenset())
    for name, place in lacking_modules(code, code.own, there).items():
        message = (
            f"{place} imports {name}, which neither its archive nor a layer or the runtime has: it "
            "cannot start as it is packaged"
        )
        yield Finding(Severity.WARNING, _IMPORT, function.label, message)


def _calls(function: FoundFunction, code: PackagedCode, template: Template) -> Iterator[Finding]:
    grants = grants_of(template.properties_of(function.id).get("Role"), template)
    if grants.unread:
        return
    if lacking := not_granted(code, code.own, grants):
        named = [f"{' or '.join(call.need)} ({call.place}:{call.line})" for call in lacking]
        message = (
            f"its role does not grant {first_of(named)}, which its code calls: AWS refuses it, "
            "unless a policy of the resource itself grants it"
        )
        yield Finding(Severity.WARNING, _CALL, function.label, message)
