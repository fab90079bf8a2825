"""What cfn-lint said is kept for the same template, and for no other."""

import pytest

from tocsin.check import lint_cache
from tocsin.check.lint_cache import KEPT, Match, linted

FOUND = [Match("E3002", "Table", "a property too many")]
KEY = "serverless/shop/dev/{}-2026-11-28T13:31:27.268Z/layer.zip"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder and a home without a configuration file of cfn-lint."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))


class Linter:
    def __init__(self):
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return list(FOUND)


@pytest.fixture
def linter():
    return Linter()


def test_the_same_template_is_linted_once(tmp_path, linter) -> None:
    for _ in range(2):
        assert linted(tmp_path / "c", "{}", "us-east-1", ["W3005"], linter) == FOUND
    assert linter.asked == 1


@pytest.mark.parametrize(
    ("text", "region", "left_out"),
    [
        ('{"a": 1}', "us-east-1", ["W3005"]),
        ("{}", "eu-west-1", ["W3005"]),
        ("{}", "us-east-1", []),
    ],
)
def test_another_question_is_asked_anew(tmp_path, linter, text, region, left_out) -> None:
    linted(tmp_path / "c", "{}", "us-east-1", ["W3005"], linter)
    linted(tmp_path / "c", text, region, left_out, linter)
    assert linter.asked == 2


def test_a_new_version_of_cfn_lint_is_asked_anew(tmp_path, linter, monkeypatch) -> None:
    linted(tmp_path / "c", "{}", "us-east-1", [], linter)
    monkeypatch.setattr(lint_cache.metadata, "version", lambda name: "999")
    linted(tmp_path / "c", "{}", "us-east-1", [], linter)
    assert linter.asked == 2


def test_when_it_was_packaged_makes_no_other_template(tmp_path, linter) -> None:
    for moment in ("1795872687268", "1795872687269"):
        linted(tmp_path / "c", KEY.format(moment), "us-east-1", [], linter)
    assert linter.asked == 1


@pytest.mark.parametrize("damaged", ["", "[", "[1]", '[{"rule": 1}]', "null"])
def test_a_damaged_file_is_made_anew(tmp_path, linter, damaged) -> None:
    linted(tmp_path / "c", "{}", "us-east-1", [], linter)
    (file,) = (tmp_path / "c").glob("*.json")
    file.write_text(damaged)
    for _ in range(2):
        assert linted(tmp_path / "c", "{}", "us-east-1", [], linter) == FOUND
    assert linter.asked == 2


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path, linter) -> None:
    (tmp_path / "c").write_text("")
    for _ in range(2):
        assert linted(tmp_path / "c", "{}", "us-east-1", [], linter) == FOUND
    assert linter.asked == 2


def test_cfn_lints_own_configuration_is_followed_each_time(tmp_path, linter) -> None:
    (tmp_path / ".cfnlintrc.yaml").write_text("ignore_checks: [E3002]")
    for _ in range(2):
        linted(tmp_path / "c", "{}", "us-east-1", [], linter)
    assert linter.asked == 2


def test_a_project_that_nothing_was_packaged_in_is_left_as_it_is(tmp_path, linter) -> None:
    linted(tmp_path / "gone" / "c", "{}", "us-east-1", [], linter)
    assert list(tmp_path.iterdir()) == []


def test_the_last_used_ones_are_kept(tmp_path, linter) -> None:
    for number in range(KEPT + 2):
        linted(tmp_path / "c", str(number), "us-east-1", [], linter)
    assert len(list((tmp_path / "c").glob("*.json"))) == KEPT
