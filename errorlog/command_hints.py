"""Whether something may be a command that takes a secret, before its words are read.

Most texts, lists and mappings are none, and are not to pay for ``errorlog.secret_arguments``.
"""

from __future__ import annotations

from errorlog.lazy_pattern import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Arguments of a command stand below these.
ARGUMENT_KEYS = frozenset(
    ("args", "arguments", "argv", "Args", "Arguments", "command", "cmd", "Cmd", "Command")
)
MAX_WORDS = 500  # of a list, as many as are read
_MAX_OPTION = 64
# What most commands with a secret among their arguments have, and what the others do.
_OPTION = lazy(r"""[\s'",](?:--?[A-Za-z]|/(?:user|g?p|pass(?:word)?|rp)\b)""")
_COMMANDS = (
    "<<", "<(", "|", "login", "rabbitmqctl", "htdigest", "wpa_passphrase", "sqlplus", "sqlldr",
    "pdp", "rman", "obscure", "alias", "ecurestring", "ecureString", "pdftk", "nmcli",
    "-cli",
)  # fmt: skip


# user:password@host, which most texts with its two signs have not.
SIGNED_ON = lazy(r"[\w.\-]:[^\s:/@\"'<>]{1,128}@[A-Za-z\d]")


def may_hold_a_command(text: str) -> bool:
    """Whether a command with a secret among its arguments may be in ``text``."""
    if ("-" in text or "/" in text) and _OPTION.search(text) is not None:
        return True
    for mark in _COMMANDS:  # noqa: SIM110 - any() takes twice as long, and this is the hot path
        if mark in text:
            return True
    return False


def may_be_a_command(value: Any) -> bool:
    """Whether ``value`` is a list that may be the words of a command."""
    return (
        issubclass(type(value), list | tuple)
        and len(value) > 1
        and type(value[0]) is str
        and _may_be_words(
            " ".join(["", *(word[:_MAX_OPTION] for word in value[:MAX_WORDS] if type(word) is str)])
        )
    )


def _may_be_words(text: str) -> bool:
    return may_hold_a_command(text) or ("@" in text and SIGNED_ON.search(text) is not None)
