"""The environment as it is now, whatever ``os.environ`` is."""

import os

import pytest

from errorlog import environment_variables


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
