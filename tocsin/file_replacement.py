"""A file is replaced whole or not at all, however the one who writes it ends."""

import os
import re
import tempfile
from pathlib import Path


def replace_file(target: Path, content: bytes, mode: int) -> None:
    """Put ``content`` into ``target``, with the permissions ``mode``; the folder is there.

    What a writer of the same file left that was killed is taken away.

    Raises:
        OSError: it cannot be written; it names ``target``, which is as it was.
    """
    try:
        _remove_left(target)
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}-{os.getpid()}-", suffix=".part", dir=target.parent
        )
        unfinished = Path(name)
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(content)
            unfinished.chmod(mode)
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from None


def _remove_left(target: Path) -> None:
    """The unfinished files of writers that are there no more."""
    form = re.compile(rf"\.{re.escape(target.name)}-(\d{{1,9}})-\w{{8}}\.part")
    for file in target.parent.iterdir():
        found = form.fullmatch(file.name)
        if found is not None and not _runs(int(found[1])):
            file.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
