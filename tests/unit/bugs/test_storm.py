"""A storm, scaled down: every failure counted once, every bug told of once (the whole of it is
`python -m tests.benchmarks.bug_storm`)."""

from collections import Counter

from tests.benchmarks.bug_storm import RELEASES, Storm


def test_a_storm_over_two_releases_is_counted_exactly_and_told_once() -> None:
    storm = Storm(failures=3_000, containers=3, bugs=4, resolved=2)
    storm.run()
    known = storm.known()
    assert len(known) == 4
    for bug in known:
        for release in RELEASES:
            assert bug.releases[release].count == storm.failed[bug.fingerprint, release]
        assert bug.count == sum(storm.failed[bug.fingerprint, release] for release in RELEASES)
    assert Counter(event for event, _ in storm.notices) == {"new": 4, "regressed": 2}
    assert set(Counter(storm.notices).values()) == {1}
