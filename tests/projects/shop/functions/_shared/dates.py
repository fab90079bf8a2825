"""Days as the shop counts them."""


def night_of(moment: str) -> str:
    """The date of an ISO time."""
    return moment.partition("T")[0]
