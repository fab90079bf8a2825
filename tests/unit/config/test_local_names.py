"""Which stages are local, by their name."""

import pytest

from tocsin import config
from tocsin.config.local_names import is_local


@pytest.mark.parametrize("name", ["local", "local-2", "local-second", "local-a-b"])
def test_local_and_what_begins_so(name: str) -> None:
    assert is_local(name)


@pytest.mark.parametrize("name", ["", "dev", "locale", "local2", "my-local", "Local", "LOCAL-2"])
def test_no_other(name: str) -> None:
    assert not is_local(name)


def test_a_stage_is_what_its_name_says(tmp_path) -> None:
    (tmp_path / "monitoring.yml").write_text(
        "service: shop\nregion: eu-west-1\n"
        "stages: {local: {}, local-second: {}, dev: {}}\n"
        "rollback: {enabled: true}\nfunctions: {orders: {}}\n"
    )
    (tmp_path / "functions" / "orders").mkdir(parents=True)
    (tmp_path / "functions" / "orders" / "handler.py").write_text(
        "def handler(event, context): ...\n"
    )
    stages = [config.load(tmp_path, name) for name in ("local", "local-second", "dev")]
    assert [stage.is_local for stage in stages] == [True, True, False]
    assert [stage.rollback_minutes is None for stage in stages] == [True, True, False]
    assert len({stage.stack_name for stage in stages}) == 3
