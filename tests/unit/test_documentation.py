"""The pages of docs/, found by their names."""

import pytest

from tests.conftest import ROOT
from tocsin import documentation


def test_every_page_has_a_title_and_its_text() -> None:
    titles = documentation.titles()
    assert titles["runbook"]
    assert len(titles) == len(list((ROOT / "docs").rglob("*.md")))
    for name in titles:
        assert documentation.page(name) == (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["docs/runbook.md", "runbook.md", "runbook#a-protected-stage"])
def test_a_page_is_found_as_messages_name_it(name) -> None:
    assert documentation.page(name) == documentation.page("runbook")


@pytest.mark.parametrize("name", ["runbok", "", "../README", "/etc/passwd", "schemas/errors.json"])
def test_a_page_that_is_not_there_is_named_with_those_that_are(name) -> None:
    with pytest.raises(documentation.UnknownPage, match="accepted: a page: "):
        documentation.page(name)
