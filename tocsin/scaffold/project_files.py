"""What a project gets from the product: its files as this version makes them."""

import json
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jinja2

from tocsin import product
from tocsin.scaffold.project_answers import Answers
from tocsin.scaffold.requirement import is_of_this_machine, requirement

_TEMPLATE = Path(__file__).parent / "template"
_SUFFIX = ".j2"
# A file whose name begins with a dot is left out by many a tool: it has another one here.
_DOTTED = "dot."
_LINK = re.compile(r"\[([^\]\n]+)\]\(([\w/-]+)\.md(#[\w-]+)?\)", re.ASCII)


@dataclass(frozen=True)
class ProjectFile:
    """A file as it is written; ``executable`` for its owner and all others."""

    content: bytes
    executable: bool = False


def project_files(answers: Answers) -> dict[str, ProjectFile]:
    """The files of a project by name, in the order of their names."""
    found = {
        target: ProjectFile(change(path.read_text(encoding="utf-8"), answers).encode(), _runs(path))
        for name, (rename, change) in _COPIED.items()
        for inside, path in product.files_below(name).items()
        for target in [rename(inside)]
    }
    found |= {name: ProjectFile(text.encode()) for name, text in _from_templates(answers).items()}
    return dict(sorted(found.items()))


def _from_templates(answers: Answers) -> dict[str, str]:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATE),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - a service has letters, digits and hyphens
        keep_trailing_newline=True,
    )
    line = requirement()
    values = {
        "service": answers.service,
        "version": answers.version,
        "requirement": line,
        "is_of_this_machine": is_of_this_machine(line),
    }
    return {
        _target(name): environment.get_template(name).render(values)
        for name in environment.list_templates(extensions=[_SUFFIX[1:]])
    }


def _target(name: str) -> str:
    """``dot.gitignore.j2`` -> ``.gitignore``."""
    path = Path(name.removesuffix(_SUFFIX))
    return (
        path.with_name(path.name.replace(_DOTTED, ".", 1)).as_posix()
        if (path.name.startswith(_DOTTED))
        else path.as_posix()
    )


def _runs(path: Path) -> bool:
    # An installed file has lost the bit that it had in the checkout, if an installer does not care.
    return bool(path.stat().st_mode & stat.S_IXUSR) or path.name == "inv"


def _as_is(text: str, answers: Answers) -> str:
    return text


def _package(text: str, answers: Answers) -> str:
    declared = json.loads(text)
    kept = {key: declared[key] for key in ("private", "engines", "devDependencies")}
    return _json({"name": answers.service, **kept})


def _package_lock(text: str, answers: Answers) -> str:
    lock = json.loads(text)
    for part in (lock, lock["packages"][""]):
        part["name"] = answers.service
        for key in ("version", "license"):
            part.pop(key, None)
    return _json(lock)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _runbook(text: str, answers: Answers) -> str:
    """The pages that it refers to are in the product: a command shows them."""
    return _LINK.sub(r"\1 (`./inv docs \2`)", text)


def _same(name: str) -> str:
    return name


_COPIED: dict[str, tuple[Callable[[str], str], Callable[[str, Answers], str]]] = {
    "inv": (_same, _as_is),
    ".npmrc": (_same, _as_is),
    "package.json": (_same, _package),
    "package-lock.json": (_same, _package_lock),
    "requirements/project.lock": (lambda name: "requirements/tools.lock", _as_is),
    "serverless.yml.j2": (_same, _as_is),
    "resources": (_same, _as_is),
    "tests/stack": (_same, _as_is),
    "tests/integration/stage": (_same, _as_is),
    "docs/runbook.md": (_same, _runbook),
}
"""Of ``product.FILES``: what it is called in a project, and what is changed in it."""
