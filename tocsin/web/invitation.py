"""How a person gets to the page: an address in the terminal, and a browser where there is one.

A browser's command line can be read by everybody on the machine, and the token stands in the
address. So what the browser is given is a file that only its owner can read, as Jupyter does.
"""

import os
import shutil
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from html import escape
from pathlib import Path
from types import TracebackType
from typing import Self

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


class Invitation:
    """Tells of addresses through ``say``, and opens the first; what it wrote is gone at its end."""

    def __init__(self, stage: str, say: Callable[[str], None], *, open_browser: bool) -> None:
        self._stage = stage
        self._say = say
        self._open = open_browser and _has_a_screen()
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def tell(self, address: str) -> None:
        """An address, good for one browser."""
        self._say(address)
        if self._open:
            self._open = False  # another one is for another browser
            webbrowser.open(self._file(address).as_uri())

    def _file(self, address: str) -> Path:
        # mkdtemp makes it 0700.
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-console-"))
        file = self._folder / "open.html"
        file.write_text(
            f'<!doctype html><meta charset="utf-8"><title>Tocsin {escape(self._stage)}</title>'
            f'<meta http-equiv="refresh" content="0;url={escape(address)}">',
            encoding="utf-8",
        )
        return file


def _has_a_screen() -> bool:
    """Whether a browser has a window here, rather than taking over the terminal."""
    if not sys.stderr.isatty():
        return False
    if sys.platform.startswith("linux"):
        return any(os.environ.get(name) for name in _DISPLAYS)
    return True
