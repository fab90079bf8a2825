"""Every command in README and docs/ is one that the tasks take, and every link leads somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from invoke import Collection
from invoke.parser import Parser

import tasks
from tests.conftest import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
COMMAND = re.compile(r"(?:\./inv|\binvoke) ((?:--?)?[a-z][\w-]*(?: [^`#|)\n]*)?)")
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#]+)[^)]*\)")


def commands() -> list[tuple[str, str]]:
    """(page, arguments) of each command in a code block or between backticks."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = [*re.findall(r"```sh\n(.*?)```", text, re.DOTALL), *re.findall(r"`([^`\n]+)`", text)]
        for piece in code:
            found += [
                (page.relative_to(ROOT).as_posix(), match.strip())
                for match in COMMAND.findall(piece)
            ]
    return found


def test_the_pages_hold_commands_at_all() -> None:
    assert len(commands()) >= 10


@pytest.mark.parametrize(("page", "arguments"), commands())
def test_a_documented_command_is_one_the_tasks_take(page: str, arguments: str) -> None:
    collection = Collection.from_module(tasks)
    words = shlex.split(arguments.replace("<stage>", "dev"))
    parsed = Parser(contexts=collection.to_contexts()).parse_argv(words)
    assert [each.name for each in parsed][:1] == words[:1], page
    assert not parsed.unparsed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_task_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = set(Collection.from_module(tasks).task_names) - {"lint", "format", "types", "lock"}
    assert {name for name in names if f"`{name}" not in readme} == set()
