"""Two releases, told apart by their bugs: what the later one brought, ended, and kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tocsin.bugs.bug import Bug
from tocsin.escaping import visible
from tocsin.exceptions import InputError
from tocsin.triage.bug_memory import bug_dict

_MOST_LISTED = 20


@dataclass(frozen=True)
class ReleaseDiff:
    """Bugs by how often they failed in each of two releases, most in the later one first.

    A count is of the release's whole time, and releases are not deployed for equally long.
    """

    before: str
    after: str
    only_after: tuple[Bug, ...]
    only_before: tuple[Bug, ...]
    in_both: tuple[Bug, ...]

    def count(self, bug: Bug, release: str) -> int:
        found = bug.releases.get(release)
        return found.count if found else 0

    def as_dict(self, now: datetime | None = None) -> dict[str, Any]:
        """For JSON."""

        def written(bugs: Iterable[Bug]) -> list[dict[str, Any]]:
            return [
                {
                    "bug": bug_dict(bug, now),
                    "countBefore": self.count(bug, self.before),
                    "countAfter": self.count(bug, self.after),
                }
                for bug in bugs
            ]

        return {
            "before": self.before,
            "after": self.after,
            "onlyAfter": written(self.only_after),
            "onlyBefore": written(self.only_before),
            "inBoth": written(self.in_both),
        }


def release_diff(bugs: Iterable[Bug], before: str, after: str) -> ReleaseDiff:
    """What ``bugs`` say of two releases of the stage.

    Raises:
        InputError: no bug is known of one of them; it lists the newest that there are.
    """
    found = list(bugs)
    known: dict[str, str] = {}
    for bug in found:
        for name, count in bug.releases.items():
            known[name] = max(count.last_seen, known.get(name, ""))
    for release in (before, after):
        if release not in known:
            newest = sorted(known, key=lambda name: (known[name], name), reverse=True)
            listed = ", ".join(visible(name) for name in newest[:_MOST_LISTED]) or "none yet"
            raise InputError(f"found no failure of release {release!r}; accepted: {listed}")
    in_after = [bug for bug in found if after in bug.releases]
    in_after.sort(key=lambda bug: (-bug.releases[after].count, bug.fingerprint))
    only_before = [bug for bug in found if before in bug.releases and after not in bug.releases]
    only_before.sort(key=lambda bug: (-bug.releases[before].count, bug.fingerprint))
    return ReleaseDiff(
        before,
        after,
        tuple(bug for bug in in_after if before not in bug.releases),
        tuple(only_before),
        tuple(bug for bug in in_after if before in bug.releases),
    )
