"""Secrets among the arguments of a call, in a text or in a program's own line.

``set_password("x")``, ``login("ann", "x")``; what a keyword names is for errorlog.assignments.
"""

from __future__ import annotations

import re

from errorlog.assigned_values import Found, KindOf, value_at
from errorlog.lazy_pattern import lazy
from errorlog.secret_keys import SECRET, STRONG, KeyKind

# setPassword("x"), .with_token('x'), PASSWORD('x')
CALL = lazy(
    r"(?<!\w)(?:set|with|use|using|add|verify|check|validate|hash)?_?(pass[a-z]{0,12}|pwd|pw|crypt"
    r"|[a-z_]{0,40}(?:password|secret|token|key))\(\s{0,4}(?=b?[\"'])",
    re.IGNORECASE,
)
# login("ann", "x"), HTTPBasicAuth('ann', 'x'), pgp_sym_decrypt(data, 'x')
CALL_WITH_BOTH = lazy(
    r"(?<![A-Za-z\d])(login|username_pw_set|Plain(?:Text)?Credentials"
    r"|(?:HTTP)?(?:Basic|Digest)Auth|basic_auth|simple_bind(?:_s)?"
    r"|pgp_sym_(?:en|de)crypt|(?:AES|aes)_(?:EN|en|DE|de)(?:CRYPT|crypt))"
    r"\(\s{0,4}(?:u?b?'[^'\n]{0,200}'|u?b?\"[^\"\n]{0,200}\"|[\w.\[\]]{1,64}),\s{0,4}(?=b?['\"])"
)
_CALLS = (
    "pass",
    "pwd",
    "crypt",
    "set",
    "with",
    "use",
    "add",
    "verify",
    "check",
    "validate",
    "hash",
    "pw",
)


def of_call(text: str, match: re.Match[str], kind_of: KindOf) -> Found:
    """``set_password("x")``; of ``get_secret("db")`` and ``BadToken("x")`` it is no secret."""
    begun = text[match.start() : match.end()].lower()
    if not begun.startswith(_CALLS):
        return None
    kind = kind_of(match[1]) if match[1].lower() != "crypt" else KeyKind(STRONG)
    return (kind, value_at(text, match.end(), match, kind), "") if kind.strength >= SECRET else None


def of_call_with_both(text: str, match: re.Match[str], kind_of: KindOf) -> Found:
    kind = KeyKind(STRONG, 4)
    return kind, value_at(text, match.end(), match, kind), ""
