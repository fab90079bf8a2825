"""Each kind of the drill is looked at: none is only a name that --only accepts."""

from tests.conftest import ROOT
from tocsin.drill.checks import Kind


def test_every_kind_is_looked_at() -> None:
    room = ROOT / "tocsin" / "drill"
    text = " ".join(
        file.read_text(encoding="utf-8") for file in room.rglob("*.py") if file.name != "checks.py"
    )
    assert [kind for kind in Kind if f"Kind.{kind.name}" not in text] == []
