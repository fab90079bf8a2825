"""The stage that a task works with."""

from pathlib import Path

import pytest
from invoke.context import Context

from tocsin.cli.session import Session
from tocsin.config import ConfigError

MONITORING = "service: shop\nregion: us-east-1\nfunctions: {}\nstages:\n"


@pytest.mark.parametrize(
    ("declared", "typed", "found"),
    [
        (("prod", "eu"), "", "prod"),
        (("prod", "dev"), "", "dev"),
        (("prod", "eu"), "eu", "eu"),
    ],
)
def test_what_reads_no_account_takes_any_stage(
    tmp_path: Path, declared: tuple[str, ...], typed: str, found: str
) -> None:
    stages = "".join(f"  {name}: {{}}\n" for name in declared)
    (tmp_path / "monitoring.yml").write_text(MONITORING + stages)
    assert Session(tmp_path, Context(), typed).any_stage.name == found


@pytest.mark.parametrize(
    ("text", "typed"),
    [(MONITORING + "  prod: {}\n", "none"), ("stages: [dev]\n", ""), ("", ""), ("{", "")],
)
def test_what_is_wrong_with_it_is_said_as_of_the_stage(
    tmp_path: Path, text: str, typed: str
) -> None:
    (tmp_path / "monitoring.yml").write_text(text)
    with pytest.raises(ConfigError):
        _ = Session(tmp_path, Context(), typed).any_stage
