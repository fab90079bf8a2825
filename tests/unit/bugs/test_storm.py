"""A storm, scaled down: every failure counted once, every bug told of once; the whole of it, and
what it costs, where the exhaustive tests run."""

import re
from collections import Counter

import pytest

from tests.benchmarks.bug_storm import RELEASES, Storm
from tests.conftest import ROOT, deep, slow
from tocsin.cost.prices import prices


def held(storm: Storm) -> None:
    """Each count is exact, and each bug was told of once when it was new or back."""
    known = storm.known()
    assert len(known) == storm.bugs
    assert storm.wrong == []
    for bug in known:
        assert bug.count == sum(storm.failed[bug.fingerprint, release] for release in RELEASES)
    told = Counter(event for event, _ in storm.notices)
    assert told == {"new": storm.bugs, "regressed": storm.resolved}
    assert set(Counter(storm.notices).values()) == {1}


@slow
def test_a_storm_over_two_releases_is_counted_exactly_and_told_once() -> None:
    storm = Storm(failures=3_000, containers=3, bugs=4, resolved=2)
    storm.run()
    held(storm)
    units = storm.client.write_units * prices().write_unit
    units += storm.client.read_units * prices().read_unit
    assert storm.usd_per_million == pytest.approx(units / 3_000 * 1_000_000)
    assert units > 0


@deep
def test_a_storm_of_300_000_costs_what_the_docs_say() -> None:
    storm = Storm(300_000)
    storm.run()
    held(storm)
    text = (ROOT / "docs/decisions/bugs.md").read_text(encoding="utf-8")
    said = re.search(r"once more, ([0-9.]+) USD a million failures", " ".join(text.split()))
    assert said is not None
    assert f"{storm.usd_per_million:.2f}" == said[1]
