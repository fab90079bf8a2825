"""Text from outside as it may be shown: what could be obeyed, or cannot be seen, is spelled out.

Terminals obey control characters (ECMA-48: ESC, CSI, OSC and their 8-bit forms), editors and
terminals reorder lines by bidirectional controls (https://trojansource.codes), and zero-width
characters make two texts look like one.
"""

import re

# What is printable to Python and yet has no glyph: Default_Ignorable_Code_Point of
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, and a blank braille cell.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_SPACES = (
    "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)


def visible(text: str, keep: str = "") -> str:
    """``text`` with each control, format, unassigned and invisible character as its escape.

    ``\\x1b``, ``\\u202e``, ``\\U000e0041``, as Python writes them; line breaks as ``\\n``. Lone
    surrogates too, so that the result has a form in UTF-8. ``keep`` has those to leave, such as
    a line break in a text of several lines. Spaces of other widths become plain ones.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if character in keep else _shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _SPACES:
        return " "
    if character.isprintable() and not _INVISIBLE.match(character):
        return character
    return character.encode("unicode_escape").decode("ascii")
