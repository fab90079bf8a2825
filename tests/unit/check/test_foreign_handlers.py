"""Handlers as other teams write them, and what `check` says of each.

`handlers/<verdict>.txt` has them: `=== what it is`, then each module behind `--- its file`. The
handler is `app.handler`. None that is decorated is said not to be.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.check.handler_wrapping import wrapping
from tocsin.check.wrapper_rules import wrapper
from tocsin.check.wrapping_verdicts import Wrapping
from tocsin.findings import Severity

FILES = sorted((Path(__file__).parent / "handlers").glob("*.txt"))
CASES = [
    (Wrapping[file.stem.upper()], *case.split("\n", 1))
    for file in FILES
    for case in file.read_text(encoding="utf-8").removeprefix("=== ").split("\n=== ")
]


def write(modules: str, folder: Path) -> None:
    for module in modules.removeprefix("--- ").split("\n--- "):
        name, _, text = module.partition("\n")
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("verdict", "modules"),
    [(verdict, modules) for verdict, _, modules in CASES],
    ids=[f"{verdict.name.lower()}: {name}" for verdict, name, _ in CASES],
)
def test_a_handler_of_another_team_is_what_it_is(verdict, modules, tmp_path) -> None:
    write(modules, tmp_path)
    assert (wrapping((tmp_path,), "app.handler") or Wrapping.BARE) is verdict


HANDLER = "handler() in functions/orders/app.py"
SAID = {
    Wrapping.WRAPPED: None,
    Wrapping.INSIDE: (
        Severity.WARNING,
        f"{HANDLER} has another decorator around record_errors; what that raises is not recorded: "
        "put record_errors outermost",
    ),
    Wrapping.PARTLY: (
        Severity.WARNING,
        f"{HANDLER} is decorated with errorlog on one path and not on all",
    ),
    Wrapping.ELSEWHERE: (
        Severity.WARNING,
        f"{HANDLER} comes from a package, and whether errorlog decorates it is not known",
    ),
    Wrapping.UNKNOWN: (
        Severity.WARNING,
        f"whether errorlog decorates {HANDLER} is not to be seen from its text: put @record_errors "
        "above a function of that name, or assign errorlog.record_errors(...) to it",
    ),
    Wrapping.ITEMS: (
        Severity.ERROR,
        f"{HANDLER} is decorated with record_item_errors, which is for one item of a batch: take "
        "record_errors",
    ),
    Wrapping.BARE: (Severity.ERROR, f"{HANDLER} is not decorated with errorlog"),
}


@pytest.mark.parametrize("verdict", SAID, ids=lambda verdict: verdict.name.lower())
def test_what_is_said_of_it(verdict, tmp_path) -> None:
    write(next(modules for of, _, modules in CASES if of is verdict), tmp_path)
    function = replace(
        config.load(DEMO, "dev").function("orders"), source=tmp_path, handler="app.handler"
    )
    found = [(finding.severity, finding.message) for finding in wrapper(function)]
    assert found == ([SAID[verdict]] if SAID[verdict] else [])


def test_a_thousand_functions_around_one_another_are_not_followed_to_the_last(tmp_path) -> None:
    lines = [f"a{number + 1} = cors(a{number})" for number in range(3_000)]
    text = "\n".join(["from work import a0", *lines, "handler = a3000"])
    write(f"--- app.py\n{text}\n--- work.py\ndef a0(event, context): ...", tmp_path)
    assert wrapping((tmp_path,), "app.handler") is Wrapping.UNKNOWN


def test_a_module_in_any_encoding_is_read(tmp_path) -> None:
    text = "{}import errorlog\n@errorlog.record_errors\ndef handler(event, context): ...  # \xe9\n"
    for head, encoding in (("\ufeff", "utf-8"), ("# coding: latin-1\n", "latin-1")):
        (tmp_path / "app.py").write_bytes(text.format(head).encode(encoding))
        assert wrapping((tmp_path,), "app.handler") is Wrapping.WRAPPED
