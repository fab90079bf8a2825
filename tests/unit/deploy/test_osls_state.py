"""What osls packaged takes a setting that only the deploy knows; osls reads it: tests/e2e."""

import json

import pytest

from tests.conftest import slow
from tocsin import config
from tocsin.deploy import osls_state
from tocsin.deploy.osls_state import STATE_FILE, UnknownState
from tocsin.packaging.package import package

MOVED = (
    "osls packages its service in another shape than tocsin/deploy/osls_state.py knows. In "
    "node_modules/osls/lib/plugins/aws, package/lib/save-service-state.js has what it writes, "
    "deploy/lib/extended-validate.js what a deploy reads of it."
)


@slow
def test_a_setting_is_added_to_what_osls_packaged_and_the_rest_stays(project) -> None:
    folder = package(project, config.load(project, "dev")).template.parent
    file = folder / STATE_FILE
    assert file.is_file(), MOVED
    before = json.loads(file.read_text())
    assert before["service"]["provider"]["stackName"] == "tocsin-dev", MOVED
    osls_state.put_provider(folder, "rollbackConfiguration", {"RollbackTriggers": []})
    after = json.loads(file.read_text())
    assert after["service"]["provider"].pop("rollbackConfiguration") == {"RollbackTriggers": []}
    assert after == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "No such file"),
        ("{", "`./inv package`"),
        ("[]", "`./inv package`"),
        ('{"service": {}}', "provider"),
        ('{"service": {"provider": "aws"}}', "no mapping at service.provider"),
    ],
)
def test_another_file_is_refused_in_words(tmp_path, text, message) -> None:
    if text is not None:
        (tmp_path / STATE_FILE).write_text(text)
    with pytest.raises(UnknownState, match=message) as raised:
        osls_state.put_provider(tmp_path, "rollbackConfiguration", {})
    assert STATE_FILE in str(raised.value)
