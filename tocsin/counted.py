"""So many of something, in words: the noun follows its number."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 function``, ``1,200 functions``; ``plural`` where it is not the noun and an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
