"""The environment as it is now, whatever ``os.environ`` is."""

import os

import pytest

from errorlog import environment_variables, settings


@pytest.mark.skipif(os.name != "posix", reason="where os.environ holds texts")
def test_python_still_keeps_the_environment_as_bytes_by_bytes(monkeypatch) -> None:
    monkeypatch.setenv("A_VARIABLE", "ü")
    held = getattr(os.environ, "_data", None)
    assert type(held) is dict, "os.environ keeps its variables elsewhere: each look-up is slow"
    assert held[b"A_VARIABLE"] == "ü".encode()


@pytest.mark.parametrize("plain", [False, True], ids=["as it is", "replaced by a dict"])
def test_what_is_set_later_is_seen(plain, monkeypatch) -> None:
    if plain:
        monkeypatch.setattr(os, "environ", dict(os.environ))
    names = (b"A_VARIABLE", b"ANOTHER")
    os.environ.pop("ANOTHER", None)
    for value in ("one", "zwölf", "", "\udcff"):
        monkeypatch.setitem(os.environ, "A_VARIABLE", value)
        assert environment_variables.get(b"A_VARIABLE") == value
        set_to, unset = environment_variables.held(names)
        assert environment_variables.text(set_to) == value
        assert unset is None
        assert environment_variables.get(b"ANOTHER") == ""


class Exiting:
    def get(self, *_: object) -> None:
        raise SystemExit


@pytest.mark.parametrize(
    ("environ", "value"),
    [({"A_VARIABLE": 5}, "5"), ({"A_VARIABLE": ["x"]}, "['x']"), (None, ""), (Exiting(), "")],
    ids=["a number", "a list", "nothing", "what exits"],
)
def test_whatever_stands_in_its_place_a_failure_has_its_record(environ, value, monkeypatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "environ", environ)
        kept = environment_variables.held((b"A_VARIABLE",))
        found = environment_variables.text(kept[0])
        loaded = settings.from_environment()
    assert found == value
    assert len({kept}) == 1  # what was made of them is looked up by them
    assert loaded.table == ""
