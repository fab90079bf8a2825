"""A local stage that cannot start for want of a module: one line with what to do."""

from types import SimpleNamespace

import pytest

from tocsin.local import ports, stage
from tocsin.local.errors import DamagedInstallation


def test_a_module_that_the_stage_lacks_is_named(tmp_path, monkeypatch) -> None:
    (tmp_path / "lacking.py").write_text("import nowhere_to_be_found.part\n")
    monkeypatch.setattr(stage, "_LAUNCHER", "lacking")
    place = tmp_path / "tocsin/__init__.py"
    monkeypatch.setattr(stage, "tocsin", SimpleNamespace(__file__=str(place)))
    with pytest.raises(DamagedInstallation) as raised:
        stage.start(ports.any_free(), tmp_path / "stage")
    assert str(raised.value) == (
        "the local stage needs nowhere_to_be_found, which is not installed: .venv is damaged; "
        "remove it, then run ./inv again"
    )
    assert raised.value.exit_code == 2
    assert stage.status(tmp_path / "stage") is None
