"""What was probably meant, where the names that are known are too many to list."""

import difflib
from collections.abc import Collection, Sequence

SHOWN = 10


def nearest(wanted: str, known: Collection[str]) -> str:
    """The names of ``known``, separated by commas; of many only the nearest to ``wanted``.

    >>> nearest("a", ["b", "c"])
    'b, c'
    """
    if len(known) <= SHOWN:
        return ", ".join(known)
    close = difflib.get_close_matches(wanted, known, n=5, cutoff=0.3) or list(known)[:5]
    return f"{', '.join(close)} (the nearest of {len(known):,})"


def first_of(several: Sequence[str]) -> str:
    """The names, separated by commas; of many the first, and how many more there are."""
    if len(several) <= SHOWN:
        return ", ".join(several)
    return f"{', '.join(several[:SHOWN])} and {len(several) - SHOWN:,} more"
