"""``cdk.out``: which templates CDK made, of which stacks.

https://docs.aws.amazon.com/cdk/v2/guide/deploy.html (cloud assembly), manifest.json
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tocsin.cloudformation.template_file import read_template

MANIFEST = "manifest.json"
_STACK, _ASSEMBLY = "aws:cloudformation:stack", "cdk:cloud-assembly"
_MOST_ASSEMBLIES = 50


def stacks_of_assembly(folder: Path) -> Iterator[tuple[str, Path]]:
    """(stack's name, its template) of the assembly in ``folder`` and of those inside of it.

    Raises:
        InputError: a manifest cannot be read.
    """
    waiting, asked = [folder], 0
    while waiting and asked < _MOST_ASSEMBLIES:
        here = waiting.pop(0)
        asked += 1
        manifest = read_template(here / MANIFEST)
        artifacts = manifest.get("artifacts") if isinstance(manifest, Mapping) else None
        for artifact_id, artifact in artifacts.items() if isinstance(artifacts, Mapping) else ():
            if not isinstance(artifact, Mapping):
                continue
            properties = artifact.get("properties")
            properties = properties if isinstance(properties, Mapping) else {}
            if artifact.get("type") == _STACK:
                file = _inside(here, properties.get("templateFile"))
                if file is not None:
                    yield str(properties.get("stackName") or artifact_id), file
            elif artifact.get("type") == _ASSEMBLY:
                inner = _inside(here, properties.get("directoryName"))
                if inner is not None and (inner / MANIFEST).is_file():
                    waiting.append(inner)


def is_assembly(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def _inside(folder: Path, name: Any) -> Path | None:
    if not isinstance(name, str) or not name or "\0" in name:
        return None
    found = (folder / name).resolve()
    # os.path: a name that no file can have is none that is there.
    return found if found.is_relative_to(folder.resolve()) and os.path.exists(found) else None
