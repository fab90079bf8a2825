"""Answers that took seconds, kept in a folder for when the same is asked again.

What is kept may be deleted, and is made anew where it cannot be read or written.
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class KeptAnswers:
    """Those in ``folder``, the ``most`` last used ones; without a folder, none."""

    folder: Path | None = None
    most: int = 1_000

    def of(
        self,
        asked: Sequence[str],
        ask: Callable[[], Answer],
        written: Callable[[Answer], Any],
        read: Callable[[Any], Answer],
    ) -> Answer:
        """What is kept for ``asked``, which is all that the answer depends on; else what ``ask``
        gives. ``written`` makes JSON of it, and ``read`` the answer of that.
        """
        if self.folder is None:
            return ask()
        digest = hashlib.sha256(json.dumps([*asked]).encode()).hexdigest()[:32]
        file = self.folder / f"{digest}.json"
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = read(json.loads(file.read_text(encoding="utf-8")))
            file.touch()
            return kept
        answer = ask()
        with contextlib.suppress(OSError):
            self.folder.mkdir(exist_ok=True)
            unfinished = file.with_suffix(".part")
            unfinished.write_text(json.dumps(written(answer)), encoding="utf-8")
            unfinished.replace(file)
            drop_oldest(self.folder, "*.json", self.most)
        return answer


def drop_oldest(folder: Path, pattern: str, most: int) -> list[Path]:
    """Remove all but the ``most`` last used files of ``folder`` that ``pattern`` names.

    Those that went are returned; another process may drop the same at once.
    """
    files = list(folder.glob(pattern))
    dropped: list[Path] = []
    if len(files) > most:
        with contextlib.suppress(FileNotFoundError):
            for file in sorted(files, key=lambda file: file.stat().st_mtime)[:-most]:
                file.unlink()
                dropped.append(file)
    return dropped
