"""Rich's console as ``terminal`` draws with it: no markup, and no folding off a terminal."""

import functools
from typing import TextIO

from rich.console import Console

# Off a terminal rich folds at 80 columns; logs and pipes want whole lines.
_PLAIN_WIDTH = 200


class _Console(Console):
    """rich's, which leaves it to the caller what a pipe that nobody reads is."""

    def on_broken_pipe(self) -> None:
        raise


@functools.lru_cache(maxsize=2)
def console_on(stream: TextIO) -> Console:
    """The console of a stream, always the same: a note below a spinner must come from the console
    that draws it.
    """
    return _Console(
        file=stream,
        width=None if stream.isatty() else _PLAIN_WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=not stream.isatty(),
    )
