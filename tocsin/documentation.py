"""The pages of docs/, which are inside of a wheel too."""

from tocsin import product
from tocsin.exceptions import InputError
from tocsin.nearest import nearest

_FOLDER = "docs"
_SUFFIX = ".md"


class UnknownPage(InputError):
    """There is no page of that name."""


def titles() -> dict[str, str]:
    """Page -> what its first line says it is about."""
    return {name: text.split("\n", 1)[0].lstrip("# ") for name, text in sorted(_pages().items())}


def page(name: str) -> str:
    """The text of a page, such as ``runbook``, or ``decisions/paging``; Markdown.

    Raises:
        UnknownPage: there is none.
    """
    pages = _pages()
    wanted = name.split("#", 1)[0].removesuffix(_SUFFIX).removeprefix(f"{_FOLDER}/")
    if wanted not in pages:
        raise UnknownPage(f"found {name!r}; accepted: a page: {nearest(wanted, list(pages))}")
    return pages[wanted]


def _pages() -> dict[str, str]:
    return {
        inside.removeprefix(f"{_FOLDER}/").removesuffix(_SUFFIX): path.read_text(encoding="utf-8")
        for inside, path in product.files_below(_FOLDER).items()
        if inside.endswith(_SUFFIX)
    }
