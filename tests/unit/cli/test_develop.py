"""What runs beside the tests: its words follow theirs, and its failure is the whole's."""

import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from invoke.exceptions import Exit

from tests.conftest import ROOT
from tocsin.cli.program import program
from tocsin.cli.tasks import develop
from tocsin.cli.tasks.develop import _beside


@pytest.fixture
def session(tmp_path):
    """``session(code)``: one in whose project the command `tocsin` is ``code``."""

    def made(code: str):
        package = tmp_path / "tocsin"
        package.mkdir()
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(code)
        return SimpleNamespace(root=tmp_path)

    return made


SAYS = "import sys; print('said', sys.argv[1]); print('noted', file=sys.stderr)\n"


def test_what_it_says_follows(session, capfd) -> None:
    with _beside(session(SAYS), "types"):
        sys.stdout.write("tests\n")
    first, *others = capfd.readouterr().out.splitlines()
    assert first == "tests"
    assert sorted(others) == ["noted", "said types"]


def test_its_failure_is_the_wholes_and_its_words_are_there(session, capsys) -> None:
    with pytest.raises(Exit) as ended, _beside(session(SAYS + "sys.exit(3)\n"), "types"):
        pass
    assert ended.value.code == 3
    said = capsys.readouterr().out.splitlines()
    assert sorted(said) == ["noted", "said types"]


def test_where_the_tests_fail_nobody_waits_for_it(session) -> None:
    endless = session("import time\nwhile True: time.sleep(60)\n")
    with pytest.raises(ZeroDivisionError), _beside(endless, "types"):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("arguments", "left_out"),
    [(("test-unit",), True), (("test-unit", "-k", "redaction"), False), (("test",), False)],
    ids=["the fast suite", "what is named", "everything"],
)
def test_slow_tests_are_left_out_of_the_fast_suite_and_of_nothing_else(
    monkeypatch, arguments, left_out
) -> None:
    asked = []
    monkeypatch.setattr(develop, "_python", lambda _, line, **__: asked.append(line))
    monkeypatch.setattr(develop, "_beside", lambda *_: nullcontext())
    monkeypatch.chdir(ROOT)
    program.run(["inv", "--search-root", str(ROOT), *arguments])
    (line,) = [line for line in asked if "tests/unit" in line]
    assert ("-m 'not slow'" in line) is left_out
    assert "tests/stack" in line
