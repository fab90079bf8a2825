"""A deploy says which release the stage has: what returns in the next one is then later than it."""

from dataclasses import replace

from tests import bugs_table
from tocsin import triage
from tocsin.bugs.states import Failing, Resolved, returns

RESOLVED = "2026-11-23T12:00:00.000Z"


def test_a_bug_that_was_resolved_in_a_release_without_failures_comes_back(account, stage) -> None:
    bugs_table.create(account.client("dynamodb"), "bugs-table-dev")
    for release in ("r1", "r2"):
        assert triage.note_release(account, stage, release) == ""
    order = triage.releases(account, stage)
    assert list(order) == ["r1", "r2"]
    # As the failure itself says, where r3 is not known yet.
    failing = Failing("2099-01-01T00:00:00.000Z", "r3", 10)
    assert returns(Resolved(RESOLVED, release="r2"), failing, order)
    assert not returns(Resolved(RESOLVED, release="r2"), replace(failing, release="r1"), order)
    # Deployed once more, it is no later.
    assert triage.note_release(account, stage, "r1") == ""
    assert triage.releases(account, stage) == order


def test_a_deploy_goes_on_without_it(account, stage) -> None:
    why = triage.note_release(account, stage, "r1")
    assert "ResourceNotFoundException" in why
    without = replace(stage, bugs=stage.bugs.model_copy(update={"enabled": False}))
    assert triage.note_release(account, without, "r1") == ""
