"""What is unreleased becomes a version of a day, and a version follows the one before."""

from datetime import date

import pytest

from tocsin.release.changelog import ChangelogError, signed_off

DAY = date(2026, 12, 1)
TEXT = "# Changelog\n\n## Unreleased\n\n### Added\n- A thing.\n\n## 0.2.0 - 2026-11-28\n\n- Old.\n"


def test_unreleased_gets_the_version_and_the_day_and_is_begun_anew() -> None:
    assert signed_off(TEXT, "0.3.0", DAY) == (
        "# Changelog\n\n## Unreleased\n\n## 0.3.0 - 2026-12-01\n\n### Added\n- A thing.\n\n"
        "## 0.2.0 - 2026-11-28\n\n- Old.\n"
    )


@pytest.mark.parametrize("version", ["0.2.0", "0.1.9", "0.2", "v0.3.0", "0.3.0rc1", "", "1.0.0\n"])
def test_a_version_follows_the_one_before(version) -> None:
    with pytest.raises(ChangelogError, match=r"accepted: one such as 1\.2\.0 after 0\.2\.0"):
        signed_off(TEXT, version, DAY)


def test_ten_is_more_than_nine() -> None:
    assert "## 0.10.0 - " in signed_off(TEXT.replace("0.2.0", "0.9.0"), "0.10.0", DAY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TEXT.replace("- A thing.\n", ""), "found nothing below"),
        (TEXT.replace("## Unreleased", "## Soon"), "found no `## Unreleased`"),
    ],
)
def test_without_entries_there_is_nothing_to_release(text, said) -> None:
    with pytest.raises(ChangelogError, match=said):
        signed_off(text, "0.3.0", DAY)
