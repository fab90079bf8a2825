"""Files with something wrong anywhere: a seed makes one of a file that is right."""

import random
import re

NASTY = (
    *("", "0", "-1", "1e999", "9" * 400, "NaN", "Infinity", "null", "true", "~", "\x00", "\ufeff"),
    *("\u2028", "\ud7ff", "'", '"', "{", "}", "[", "]", ":", ",", "- ", "\n", "\t", "&a", "*a"),
    *("!!python/object:os.system", "<<: *a", "? x", "%", "${a}", "{{", "1d", "-5m", "99999999d"),
    *("[" * 300, "{a: " * 300, '{"a":' * 300, "2026-13-45T99:99", "2026-11-28T10:00:00+99:00"),
    *("x" * 5_000, "\u202e", "100 %", "1e308 invocations a minute", "5m: 5m", "../../etc/passwd"),
)
_VALUE = re.compile(r'"[^"\n]*"|[-+]?[0-9][0-9.eE+]*|\b[A-Za-z_][A-Za-z0-9_-]*\b')


def damaged(content: bytes, seed: int) -> bytes:
    """``content`` with one to three things wrong: a byte, a line, a value."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        content = chance.choice((_byte, _span, _value, _value, _line))(content, chance)
    return content


def _byte(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + bytes([chance.randrange(256)]) + content[at + chance.randint(0, 1) :]


def _span(content: bytes, chance: random.Random) -> bytes:
    first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    last = min(last, first + 200)
    return content[:first] + content[first:last] * chance.choice((0, 2, 3)) + content[last:]


def _value(content: bytes, chance: random.Random) -> bytes:
    text = content.decode("latin-1")
    found = list(_VALUE.finditer(text))
    if not found:
        return content
    match = chance.choice(found)
    new = chance.choice(NASTY).encode("utf-8", "surrogatepass").decode("latin-1")
    return (text[: match.start()] + new + text[match.end() :]).encode("latin-1")


def _line(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    action = chance.randrange(4)
    if action == 0:
        del lines[at]
    elif action == 1:
        lines.insert(at, chance.choice(NASTY).encode("utf-8", "surrogatepass"))
    elif action == 2:
        lines[at] = b"  " * chance.randrange(4) + lines[at].lstrip()
    else:
        lines.insert(chance.randrange(len(lines)), lines[at])
    return b"\n".join(lines)
