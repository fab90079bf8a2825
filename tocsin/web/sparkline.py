"""Failures by hour as a small picture: bars, whose words say the same."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 96, 20
_LEAST = 1.5  # pixels: one failure is seen beside a thousand


@dataclass(frozen=True)
class Sparkline:
    """``path`` is that of an SVG ``<path>`` in a box of ``WIDTH`` by ``HEIGHT``."""

    path: str
    words: str


def sparkline(counts: Sequence[int]) -> Sparkline:
    """A bar for each of ``counts``, the newest at the right."""
    most = max(counts, default=0)
    step = WIDTH / max(1, len(counts))
    parts = []
    for index, count in enumerate(counts):
        if count > 0:
            height = max(_LEAST, HEIGHT * count / most)
            left = index * step
            parts.append(
                f"M{left:.1f} {HEIGHT}V{HEIGHT - height:.1f}H{left + step - 1:.1f}V{HEIGHT}Z"
            )
    return Sparkline("".join(parts), _words(counts, most))


def _words(counts: Sequence[int], most: int) -> str:
    total = sum(counts)
    if not total:
        return f"none in the last {len(counts)} hours"
    return (
        f"{total} in the last {len(counts)} hours, at most {most} in one, {counts[-1]} in this one"
    )
