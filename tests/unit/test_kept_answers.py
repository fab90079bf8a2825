"""An answer that is kept is given for the same question, and for no other."""

import pytest

from tocsin.kept_answers import KeptAnswers


class Asked:
    """What answers, and how often it was asked."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return {"a"}


@pytest.fixture
def asked():
    return Asked()


def of(folder, question, ask):
    return KeptAnswers(folder, most=3).of(question, ask, written=sorted, read=as_set)


def as_set(kept):
    if kept != ["a"]:
        raise ValueError(kept)
    return set(kept)


def test_the_same_question_is_asked_once(tmp_path, asked) -> None:
    for _ in range(2):
        assert of(tmp_path / "kept", ["x", "y"], asked) == {"a"}
    of(tmp_path / "kept", ["xy"], asked)
    assert asked.times == 2


@pytest.mark.parametrize("damaged", ["", "[", "null", '{"a": 1}', '["b"]'])
def test_a_damaged_answer_is_asked_anew(tmp_path, asked, damaged) -> None:
    of(tmp_path, ["x"], asked)
    (file,) = tmp_path.glob("*.json")
    file.write_text(damaged)
    for _ in range(2):
        assert of(tmp_path, ["x"], asked) == {"a"}
    assert asked.times == 2


def test_without_a_folder_nothing_is_kept(tmp_path, asked) -> None:
    for folder in (None, tmp_path / "not there" / "kept"):
        for _ in range(2):
            assert of(folder, ["x"], asked) == {"a"}
    assert asked.times == 4
    assert list(tmp_path.iterdir()) == []


def test_the_last_used_ones_are_kept(tmp_path, asked) -> None:
    for number in range(5):
        of(tmp_path, [str(number)], asked)
    assert len(list(tmp_path.iterdir())) == 3
