"""What each source has counted of a bug's failures, and what a batch adds to that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bugs.sightings import Sighting
from errorlog.attributes import item
from tocsin.bugs.bug import Occurrence
from tocsin.bugs.bug_items import KIND, key, values

if TYPE_CHECKING:
    from errorlog.attributes import AttributeValue

PREFIX = "tally#"
KEPT_DAYS = 8
"""Beyond a record's own time, or the last count of a counter."""
_DAY_S = 86_400
_KEY = "-"


@dataclass(frozen=True)
class Tally:
    """What a source has counted, as it is remembered."""

    failures: int
    sequence: int
    fingerprint: str
    function: str = ""
    release: str = ""
    at: str = ""


@dataclass(frozen=True)
class TallyChange:
    """What a source has counted before and after a batch, and the failures in between.

    Those of a record that was taken back, or is another bug's now, are less than none.
    """

    source: str
    before: Tally | None
    after: Tally
    occurrences: tuple[Occurrence, ...]
    expires_at: int = 0

    @property
    def counts(self) -> bool:
        """Whether there is something new to remember."""
        return self.before is None or replace(self.before, sequence=0, at="") != replace(
            self.after, sequence=0, at=""
        )

    @property
    def condition(self) -> dict[str, Any]:
        """That the source has counted what was read, and nobody has written it meanwhile."""
        if self.before is None:
            return {
                "ConditionExpression": "attribute_not_exists(#kind)",
                "ExpressionAttributeNames": {"#kind": KIND},
            }
        return {
            "ConditionExpression": "#failures = :failures AND #sequence = :sequence",
            "ExpressionAttributeNames": {"#failures": "failures", "#sequence": "sequence"},
            "ExpressionAttributeValues": {
                ":failures": {"N": str(self.before.failures)},
                ":sequence": {"S": str(self.before.sequence)},
            },
        }


def tally_key(source: str) -> dict[str, AttributeValue]:
    return key(f"{PREFIX}{source}", _KEY)


def tally_item(change: TallyChange, now: datetime) -> dict[str, AttributeValue]:
    """What is remembered of a source after ``change``."""
    after = change.after
    kept = max(change.expires_at, int(now.timestamp())) + KEPT_DAYS * _DAY_S
    fields: dict[str, Any] = {
        "failures": after.failures,
        # Of up to 40 digits: more than a number of DynamoDB's keeps.
        "sequence": str(after.sequence),
        "fingerprint": after.fingerprint,
        "function": after.function,
        "release": after.release,
        "at": after.at,
        "expiresAt": kept,
    }
    return {**tally_key(change.source), **item(fields)}


def tally_of(found: Mapping[str, AttributeValue]) -> tuple[str, Tally]:
    """The source of an item, and what it has counted."""
    fields = values(found)
    names = ("failures", "fingerprint", "function", "release", "at")
    tally = Tally(sequence=int(fields["sequence"]), **{name: fields[name] for name in names})
    return str(fields[KIND]).removeprefix(PREFIX), tally


def change_of(source: str, told: Sequence[Sighting], before: Tally | None) -> TallyChange:
    """What ``told`` adds to what ``source`` has counted; no occurrences where that is nothing.

    ``told`` is in the order of what was counted (``sightings.by_source``).
    """
    if told[0].is_counter:
        return _counted_on(source, told, before)
    last = max(told, key=lambda sighting: sighting.sequence)
    now = last.occurrence
    after = Tally(last.failures, last.sequence, now.fingerprint, now.function, now.release, now.at)
    if before is not None and before.sequence >= last.sequence:
        return TallyChange(source, before, before, (), 0)
    occurrences = [replace(now, failures=last.failures)] if last.failures else []
    if before is None and not occurrences:
        return TallyChange(source, None, after, (), 0)  # taken back before it was ever counted
    if before is not None and before.failures:
        if last.failures == before.failures and now.fingerprint == before.fingerprint:
            occurrences = [replace(now, failures=0)]  # the same in other words
        else:
            occurrences.append(
                Occurrence(
                    before.fingerprint, before.at, before.function, before.release, -before.failures
                )
            )
    if not last.failures and before is not None:
        after = replace(before, failures=0, sequence=last.sequence)
    return TallyChange(source, before, after, tuple(occurrences), last.expires_at)


def _counted_on(source: str, told: Sequence[Sighting], before: Tally | None) -> TallyChange:
    counted = before.failures if before else 0
    occurrences = []
    for sighting in told:
        more = max(0, sighting.failures - counted)
        counted += more
        if more or sighting.occurrence.error_id:
            occurrences.append(replace(sighting.occurrence, failures=more))
    last = told[-1]
    after = Tally(
        counted, last.sequence, last.occurrence.fingerprint, last.occurrence.function,
        last.occurrence.release, last.occurrence.at,
    )  # fmt: skip
    return TallyChange(source, before, after, tuple(occurrences), last.expires_at)
