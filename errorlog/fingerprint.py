"""One fingerprint per bug: the same over ids, numbers, paths and shifted lines.

Version 1 hashes the exception's type, its message without data, the innermost frame of the
team's code (module, function, text of the line) and the types of what caused it.
"""

from __future__ import annotations

import hashlib

from errorlog.frames import TopFrame, members
from errorlog.lazy_pattern import lazy
from errorlog.type_names import qualified_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from errorlog.plain_data import Plain

VERSION = "v1"
# Rules of earlier versions, each a function as `fingerprint` is: with them a record names what its
# bug was called before, and the bug goes on (bugs/counting.py). Taken away a release later.
FORMER: tuple[Callable[[BaseException, str, TopFrame | None], str], ...] = ()
_MAX_CAUSES = 8
_MAX_MESSAGE = 1_000

# What a message holds as data rather than as words, most specific first; and before each what no
# text lacks that has some, so that few expressions are compiled for a first failure.
_DATA = [
    ("0x", lazy(r"0x[0-9a-fA-F]+"), "<hex>"),
    ("-", lazy(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"), "<id>"),
    ("://", lazy(r"\b[a-zA-Z][a-zA-Z0-9+.\-]{1,20}://[^\s'\"<>]+"), "<url>"),
    ("@", lazy(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63})+"), "<email>"),
    ("/", lazy(r"(?<![\w.])(?:[A-Za-z]:)?(?:[\\/][\w.\-@+]+){2,}[\\/]?"), "<path>"),
    ("-", lazy(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+\-]\d\d:?\d\d)?)?"),
     "<time>"),
    # A word with a digit in it is an id: order-81, 7f3a9c, 12.5, req_01H8X.
    ("", lazy(r"(?<![A-Za-z0-9_])[A-Za-z0-9_]*\d[\w]*(?:[.,:\-][\w]*\d[\w]*)*"), "<id>"),
]  # fmt: skip
_NAMED_ID = lazy(r"\b[A-Za-z]+[\-_:#/]<(?:id|hex)>(?:[\-_:#/](?:[A-Za-z]+|<id>))*")
_QUOTED = lazy(r"""(?<!\w)'[^'\n]{0,500}'(?!\w)|"[^"\n]{0,500}"|`[^`\n]{0,500}`""")
# Here the quoted text is a name in the code, and another name is another bug.
_NAMING = (LookupError, AttributeError, NameError, ImportError, TypeError)
_IDENTIFIER = lazy(r"""['"`][A-Za-z_][A-Za-z_.\[\]]*['"`]""")


def fingerprint(error: BaseException, message: str, frame: TopFrame | None) -> str:
    """``v1:`` and 16 hexadecimal digits. ``message`` is the redacted text of ``error``."""
    parts = [qualified_name(error), message_shape(error, message)]
    if frame is not None:
        parts += [frame.module, frame.function, frame.words or "line"]
    parts += _causes(error)
    digest = hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=8)
    return f"{VERSION}:{digest.hexdigest()}"


def former(error: BaseException, message: str, frame: TopFrame | None) -> list[Plain]:
    """What earlier rules call the same failure."""
    return [rule(error, message, frame) for rule in FORMER]


def message_shape(error: BaseException, message: str) -> str:
    """``message`` with its data replaced: ``no stock for <id>``."""
    shape = message[:_MAX_MESSAGE]
    if "'" in shape or '"' in shape or "`" in shape:
        naming = issubclass(type(error), _NAMING)
        shape = _QUOTED.sub(
            lambda match: match[0] if naming and _IDENTIFIER.fullmatch(match[0]) else "<text>",
            shape,
        )
    for mark, pattern, name in _DATA:
        # A path may be Windows's.
        if mark in shape or (mark == "/" and "\\" in shape):
            shape = pattern.sub(name, shape)
    if "<id>" in shape or "<hex>" in shape:
        shape = _NAMED_ID.sub("<id>", shape)
    return " ".join(shape.replace("[redacted]", "<id>").split())


def _causes(error: BaseException) -> list[str]:
    """Types of the chain below ``error``, and of a group's members in any order."""
    types: list[str] = []
    try:
        if error.__cause__ is None and error.__context__ is None and not members(error):
            return types  # as nearly always
        types += sorted({qualified_name(member) for member in members(error)})[:_MAX_CAUSES]
        below = error
        for _ in range(_MAX_CAUSES):
            hidden = below.__suppress_context__
            following = below.__cause__ or (None if hidden else below.__context__)
            if following is None:
                break
            types.append(qualified_name(following))
            below = following
    except BaseException:  # noqa: S110 - an exception whose own attributes raise
        pass
    return types
