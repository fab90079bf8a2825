"""Proofs of alarms are kept for the same alarms and the same engine, and say the same."""

import pytest

from tests.conftest import slow
from tocsin import config
from tocsin.check.run import own_rules
from tocsin.cloudformation.template import Template
from tocsin.kept_answers import KeptAnswers
from tocsin.scenarios import alarm_proof, kept_proofs, rare_failures


@pytest.fixture
def found(compiled, compiled_project, tmp_path):
    """``found()``: the findings of a changed stage, in a folder that keeps what was proven."""
    template = compiled("prod")
    stage = config.load(compiled_project, "prod")
    alarm = template["Resources"]["OrdersThrottlesAlarm"]["Properties"]

    def run(threshold=5):
        changed = {**alarm, "Threshold": threshold, "TreatMissingData": "missing"}
        resources = {
            **template["Resources"],
            "OrdersThrottlesAlarm": {
                **template["Resources"]["OrdersThrottlesAlarm"], "Properties": changed
            },
        }  # fmt: skip
        rare_failures._missed.cache_clear()
        kept = KeptAnswers(tmp_path / "proven")
        given = [Template({**template, "Resources": resources})]
        return list(own_rules(compiled_project, stage, given, kept))

    return run


@slow
def test_what_is_kept_says_the_same_and_nothing_is_proven_again(found, monkeypatch) -> None:
    first = found()
    assert {finding.rule for finding in first} >= {"missing-on-sparse-metric"}

    def proven_again(*arguments):
        raise AssertionError("proven again")

    with monkeypatch.context() as patch:
        patch.setattr(alarm_proof, "_Proof", proven_again)
        patch.setattr(rare_failures, "outage", proven_again)
        assert found() == first
        with pytest.raises(AssertionError, match="proven again"):
            found(threshold=6)
        patch.setattr(kept_proofs, "engine", lambda: "another")
        with pytest.raises(AssertionError, match="proven again"):
            found()
