"""New records as they come."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from tocsin.aws.account import Account
from tocsin.bugs.bug import iso
from tocsin.config import Stage
from tocsin.triage.record_reading import Record, all_since

POLL_S = 2.0
# A record appears after the failure it is about: one of the collector's as late as its log lines
# are delivered, and the index a moment after the table.
OVERLAP = timedelta(minutes=5)


def tail(
    account: Account,
    stage: Stage,
    function: str | None = None,
    seconds: float | None = None,
    *,
    poll_s: float = POLL_S,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Record]:
    """Records that appear from this call on, each once, oldest first; for ``seconds`` or endlessly.

    Asks the index every ``poll_s`` seconds, the last time when the time is up.
    """
    seen: set[str] = set()
    ends = None if seconds is None else time.monotonic() + seconds

    def unseen() -> list[Record]:
        records = list(all_since(account, stage, function, iso(now() - OVERLAP)))
        fresh = [record for record in records if record["errorId"] not in seen]
        # What is older than the overlap is not asked for again.
        seen.clear()
        seen.update(str(record["errorId"]) for record in records)
        return sorted(fresh, key=lambda record: str(record["timestamp"]))

    def coming() -> Iterator[Record]:
        while True:
            left = None if ends is None else ends - time.monotonic()
            time.sleep(poll_s if left is None else max(0.0, min(poll_s, left)))
            yield from unseen()
            if left is not None and left <= poll_s:
                return

    unseen()
    return coming()
