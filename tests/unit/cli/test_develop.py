"""What runs beside the tests: its words follow theirs, and its failure is the whole's."""

import sys
from types import SimpleNamespace

import pytest
from invoke.exceptions import Exit

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
