"""Archives and compiled CloudFormation of a stage, without any AWS account."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tocsin import names, product
from tocsin.config import Function, Stage
from tocsin.packaging import (
    archive,
    bug_rules,
    layer,
    notifier_facts,
    offline_cloudformation,
    osls,
    osls_cache,
    wheels,
)
from tocsin.packaging.artifact_paths import (
    build_folder,
    function_artifact,
    layer_artifact,
    made_from,
)
from tocsin.packaging.render import RENDERED, render
from tocsin.packaging.selected_files import chosen
from tocsin.packaging.sources import left_out_of_a_project, source_files
from tocsin.packaging.waiting_values import needs_account, without_account
from tocsin.stacks import Stack, stacks_of
from tocsin.stacks.parallel import each_of
from tocsin.typed_command import typed

PACKAGE_FOLDER = "package"
FUNCTIONS = Path("functions")
CANNOT_START = Path(__file__).parents[1] / "drill" / "cannot_start"  # the drill's own function
# Beside a function's handler: the packages of its own, and what they were chosen from.
REQUIREMENTS, DECLARED = "requirements.txt", "requirements.in"
TEMPLATE_FILE = "cloudformation-template-update-stack.json"


@dataclass(frozen=True)
class Package:
    """What ``package`` made: the compiled template of each stack, main one first; the archives."""

    folder: Path
    templates: tuple[Path, ...]
    archives: tuple[Path, ...]

    @property
    def template(self) -> Path:
        """The main stack's template."""
        return self.templates[0]


def compiled_template(root: Path, stage: Stage) -> Path:
    """Where the main stack's template is."""
    return compiled_templates(root, stage)[0]


def compiled_templates(root: Path, stage: Stage) -> tuple[Path, ...]:
    """Where the template of each stack is, in the order of ``stacks_of``."""
    return tuple(stack.folder(root) / PACKAGE_FOLDER / TEMPLATE_FILE for stack in stacks_of(stage))


def build_archives(root: Path, stage: Stage) -> tuple[Path, ...]:
    """Write the layer's and every function's archive; the same sources give the same bytes."""
    folder = build_folder(root, stage)
    built = [folder / layer_artifact()]
    layer.build(root, wheels.target_of(stage), built[0])
    # Functions of one folder share what is built of it.
    for name, function in {made_from(function): function for function in stage.functions}.items():
        if name is not None:
            built.append(folder / name)
            archive.write(built[-1], _files(root, function, wheels.target_of(stage, function)))
    for name in product.LAMBDAS:
        if name == names.NOTIFIER and not stage.people:
            continue
        built.append(folder / function_artifact(name))
        files = product.files_below(name) | product.taken_along(name)
        if name == names.BUGS:
            files[bug_rules.INSIDE] = bug_rules.write(stage, folder)
        if name == names.NOTIFIER:
            files[notifier_facts.NAME] = notifier_facts.write(root, stage)
        archive.write(built[-1], files)
    drill = folder / function_artifact(names.DRILL)
    archive.write(drill, archive.files_below(CANNOT_START))
    return (*built, drill)


def _files(root: Path, function: Function, target: wheels.Target) -> dict[str, Path]:
    """What a function's archive holds: what all share, and above it its own."""
    found: dict[str, Path] = {}
    for folder in reversed(function.folders):
        found |= _with_packages(root, folder, function, target)
    package = function.keys.get("package") or {}
    return chosen(found, root, package.get("patterns") or ())


def _with_packages(
    root: Path, folder: Path, function: Function, target: wheels.Target
) -> dict[str, Path]:
    """The files of ``folder`` above those of the packages that it asks for."""
    own = source_files(root, folder, left_out_of_a_project(root, folder, function.handler))
    locked, declared = own.pop(REQUIREMENTS, None), own.pop(DECLARED, None)
    if declared and not locked and function.has_errorlog:
        raise wheels.RequirementsLockError(
            f"{folder.relative_to(root).as_posix()}: found {DECLARED} and no {REQUIREMENTS}; "
            f"accepted: both, as `{typed('lock')}` writes the second from the first"
        )
    locked = locked if function.has_errorlog else None  # what is not Python brings its own
    packages = wheels.files(root, locked, target) if locked else {}
    return packages | own


def package(root: Path, stage: Stage, account: Mapping[str, str] | None = None) -> Package:
    """Render, archive and compile ``stage`` into build/<stage>/.

    ``account`` is the environment in which osls finds one, for variables whose values it has. They
    have stand-ins without it (``waiting_values.py``), which are never deployed.

    Stacks compile side by side, one on each core; the first that fails ends it. One whose
    serverless.yml and archives were compiled before is not compiled again (``osls_cache.py``).
    """
    render(root, stage)
    archives = build_archives(root, stage)
    with offline_cloudformation.serving() as environment:

        def compile_stack(stack: Stack) -> None:
            folder = stack.folder(root)
            service = folder / RENDERED
            asked = environment
            if needs_account(text := service.read_text(encoding="utf-8")):
                if account is None:
                    service.write_text(without_account(text), encoding="utf-8")
                else:
                    asked = {**account}
            run = partial(
                osls.run,
                root, folder, "package", "--package", PACKAGE_FOLDER,
                environment=asked,
            )  # fmt: skip
            osls_cache.compiled(root, folder, folder / RENDERED, PACKAGE_FOLDER, run)

        each_of(stacks_of(stage), compile_stack, at_once=os.cpu_count() or 1)
    return Package(build_folder(root, stage), compiled_templates(root, stage), archives)
