"""Archives and compiled CloudFormation of a stage, without any AWS account."""

from dataclasses import dataclass
from pathlib import Path

from tocsin import archive, layer, names, no_stack, osls
from tocsin.config import Stage
from tocsin.render import build_folder, function_artifact, layer_artifact, render

PACKAGE_FOLDER = "package"
FUNCTIONS = Path("functions")
SHARED = FUNCTIONS / "_shared"  # goes into every function's archive
TEMPLATE_FILE = "cloudformation-template-update-stack.json"


@dataclass(frozen=True)
class Package:
    """What ``package`` made: the build folder, the compiled template, the archives."""

    folder: Path
    template: Path
    archives: tuple[Path, ...]


def compiled_template(root: Path, stage: Stage) -> Path:
    return build_folder(root, stage) / PACKAGE_FOLDER / TEMPLATE_FILE


def build_archives(root: Path, stage: Stage) -> tuple[Path, ...]:
    """Write the layer's and every function's archive; the same sources give the same bytes."""
    folder = build_folder(root, stage)
    built = [folder / layer_artifact()]
    layer.build(root, stage.runtime, built[0])
    for function in stage.functions:
        target = folder / function_artifact(function.key)
        files = archive.files_below(root / SHARED) | archive.files_below(function.source)
        archive.write(target, files)
        built.append(target)
    collector = folder / function_artifact(names.COLLECTOR)
    archive.write(collector, archive.files_below(root / FUNCTIONS / names.COLLECTOR))
    return (*built, collector)


def package(root: Path, stage: Stage) -> Package:
    """Render, archive and compile ``stage`` into build/<stage>/."""
    render(root, stage)
    archives = build_archives(root, stage)
    folder = build_folder(root, stage)
    with no_stack.serving() as environment:
        osls.run(root, folder, "package", "--package", PACKAGE_FOLDER, environment=environment)
    return Package(folder, compiled_template(root, stage), archives)
