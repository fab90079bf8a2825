"""Every command in README and docs/ is one that the tasks take, and every link leads somewhere."""

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest
from invoke import Collection
from invoke.parser import Parser

import tasks
from tests.conftest import ROOT, read_yaml, slow
from tocsin.config.attachment_settings import AttachedFunctionSettings, Attachment
from tocsin.config.bug_settings import BugRule, BugSettings
from tocsin.config.drill_settings import Drill
from tocsin.config.external_settings import ExternalFunctions
from tocsin.config.function_settings import FunctionSettings
from tocsin.config.model import Monitoring, Redaction, Rollback, StageSettings
from tocsin.config.notification import Notification
from tocsin.config.permission import Permission
from tocsin.config.scheduled_mute import ScheduledMute
from tocsin.drill.checks import Kind
from tocsin.strict_model import StrictModel

PAGES = sorted(
    [
        *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "SECURITY")),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
A_PATH = re.compile(r"`([\w.-]+/[\w./-]*|[\w.-]+\.(?:py|md|yml|toml|j2))`")
# A team's own, which may be gone: this suite runs beside any project.
OF_THE_PROJECT = {"functions/", "monitoring.yml", "resources/", "serverless.yml.j2",
                  "tests/alarms/", "tests/stack/"}  # fmt: skip
LAMBDAS = ("errorlog", "collector", "notifier", "bugs")
COMMAND = re.compile(r"(?:\./inv|(?<!lambda )\binvoke) ((?:--?)?[a-z][\w-]*(?: [^`#|)\n]*)?)")
ANCHOR = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#]*)#([^)]+)\)")
TYPED = re.compile(r"^tocsin ([a-z][\w-]*(?: [^`#|)\n]*)?)", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#]+)[^)]*\)")


def commands() -> list[tuple[str, str]]:
    """(page, arguments) of each command in a code block or between backticks."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        pieces = [*blocks, *re.findall(r"`([^`\n]+)`", text)]
        matches = [match for piece in pieces for match in COMMAND.findall(piece)]
        matches += [match for block in blocks for match in TYPED.findall(block)]
        found += [(page.relative_to(ROOT).as_posix(), match.strip()) for match in matches]
    return found


def test_the_pages_hold_commands_at_all() -> None:
    assert len(commands()) >= 10


@pytest.fixture(scope="module")
def contexts():
    return Collection.from_module(tasks).to_contexts()


@slow
@pytest.mark.parametrize(("page", "arguments"), commands())
def test_a_documented_command_is_one_the_tasks_take(page: str, arguments: str, contexts) -> None:
    words = shlex.split(arguments.replace("<stage>", "dev"))
    named = [context for context in contexts if context.name in words]  # all of them are copied
    parsed = Parser(contexts=named).parse_argv(words)
    assert [command.name for command in parsed][:1] == words[:1], page
    assert not parsed.unparsed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_table_is_one(page: Path) -> None:
    """A blank line within it, or a bar too many, and what follows is shown as text."""
    without_code = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)
    for table in re.findall(r"(?:^ *\|.*\n)+", without_code, re.MULTILINE):
        head, rule, *rows = [re.sub(r"`[^`]*`|\\\|", "", row) for row in table.splitlines()]
        assert re.fullmatch(r" *\|[ :|-]+\|", rule), f"{page.name}: no table: {head}"
        cells = {row.count("|") for row in (head, rule, *rows)}
        assert len(cells) == 1, f"{page.name}: rows of different lengths below {head}"


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the page's headings: a second one of the same words gets a number."""
    code = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
    text = code.sub("", page.read_text(encoding="utf-8"))
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *#*$", text, re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        again = sum(other == anchor or other.startswith(f"{anchor}-") for other in found)
        found.add(f"{anchor}-{again}" if anchor in found else anchor)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_anchor_is_a_heading(page: Path) -> None:
    for target, anchor in ANCHOR.findall(page.read_text(encoding="utf-8")):
        there = page.parent / target if target else page
        assert anchor in anchors(there), f"{page.name} links to {target}#{anchor}"


def test_every_task_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    typed = set(re.findall(r"`([a-z][a-z0-9-]*)[ `]", readme))
    assert set(Collection.from_module(tasks).task_names) - typed == set()


def test_every_path_named_for_contributors_is_there() -> None:
    paths = A_PATH.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(paths) > 30
    products = [path for path in paths if path not in OF_THE_PROJECT]
    assert [path for path in products if not (ROOT / path).exists()] == []


def test_every_module_that_a_page_names_is_there() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--", "*.py"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    modules = [f"/{name}" for name in listed.stdout.split()]
    named = {
        name
        for page in PAGES
        for name in re.findall(r"`([\w/]+\.py)`", page.read_text(encoding="utf-8"))
        if not name.startswith("tests/aws/")  # LocalStack's
    }
    assert len(named) > 30
    assert {
        name for name in named if not any(path.endswith(f"/{name}") for path in modules)
    } == set()


def test_the_runbook_has_a_row_for_each_link_that_the_drill_calls_broken() -> None:
    rooms = (file.read_text(encoding="utf-8") for file in (ROOT / "tocsin/drill").glob("*.py"))
    links = set(re.findall(r"\"([A-Za-z][A-Za-z ]+ -> [A-Za-z ]+):", " ".join(rooms)))
    assert len(links) > 10
    runbook = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    assert links - set(re.findall(r"`([A-Za-z ]+ -> [A-Za-z ]+)`", runbook)) == set()


def test_every_kind_of_the_drill_has_its_row() -> None:
    page = (ROOT / "docs/drill.md").read_text(encoding="utf-8")
    named = {kind for row in re.findall(r"^\| (`[^|]+) \|", page, re.M) for kind in row.split(", ")}
    assert {f"`{kind}`" for kind in Kind} - named == set()


OF = {"file": Monitoring, "stage": StageSettings, "function": FunctionSettings}


def keys_of(model: type[StrictModel]) -> set[str]:
    return {str(field.alias) for field in model.model_fields.values()}


def test_every_key_of_monitoring_yml_is_told_with_its_place_and_default() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \| (?:`([^`]+)`)? ?\|", page, re.MULTILINE)
    places = {key: {place for place in OF if key in keys_of(OF[place])} for key, _, _ in rows}
    assert {key: set(told.split(", ")) for key, told, _ in rows} == places
    assert places.keys() == keys_of(Monitoring) | keys_of(StageSettings)
    page += (ROOT / "docs/functions.md").read_text(encoding="utf-8")
    assert keys_of(FunctionSettings) - set(re.findall(r"`(\w+)`", page)) == set()
    defaults = {
        str(field.alias): str(field.default).lower() if isinstance(field.default, bool)
        else str(field.default)
        for model in (StageSettings, Monitoring)
        for field in model.model_fields.values()
        if isinstance(field.default, str | int)
    }  # fmt: skip
    assert {key: default for key, _, default in rows if default} == defaults


@pytest.mark.parametrize(
    "model", [Rollback, Redaction, BugSettings, BugRule, Drill, ExternalFunctions, Attachment,
              AttachedFunctionSettings, Notification, ScheduledMute, Permission]
)  # fmt: skip
def test_every_key_below_those_is_on_a_page(model: type[StrictModel]) -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    shown = set(re.findall(r"(?:`|[{,] *|^[ #-]*)(\w+)(?:`|:)", pages, re.MULTILINE))
    assert keys_of(model) - shown == set()


def test_every_example_of_monitoring_yml_is_accepted() -> None:
    accepted = 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^ *```yaml\n(.*?)```", text, re.DOTALL | re.MULTILINE):
            example = read_yaml(dedent(block))
            if example.keys() & keys_of(Monitoring):
                whole = {"service": "shop", "stages": {"dev": {}}, **example}
                Monitoring.model_validate(whole)
                accepted += 1
    assert accepted > 8


def test_every_room_of_the_product_is_in_the_map_for_contributors() -> None:
    rooms = {f"tocsin/{room.parent.name}" for room in (ROOT / "tocsin").glob("*/__init__.py")}
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Recipes")[0]
    assert {room for room in {*rooms, *LAMBDAS} if f"`{room}/`" not in told} == set()


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs/decisions"
    index = folder / "README.md"
    linked = set(LINK.findall(index.read_text(encoding="utf-8")))
    assert linked == {page.name for page in folder.glob("*.md")} - {index.name}


def test_the_version_is_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" not in json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", changes, re.MULTILINE)
    assert headings
    released = [heading for heading in headings if heading != "Unreleased"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", text) for text in released)
    assert [text.split(" - ")[0] for text in released[:1]] in ([], [project["version"]])
