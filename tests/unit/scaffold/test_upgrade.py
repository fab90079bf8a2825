"""`upgrade`: what is unchanged is replaced, what is changed is merged or shown, nothing is lost."""

import itertools
import os
import shutil
from pathlib import Path

import pytest

from tests.conftest import DEEP, slow
from tests.unit.scaffold.test_new_project import files_in
from tocsin.exceptions import InputError
from tocsin.scaffold import plan_upgrade, upgrade
from tocsin.scaffold.project_answers import NotMadeHere, read_answers
from tocsin.scaffold.three_way import FileOutcome, UpgradeChange, change, git_merge
from tocsin.scaffold.upgrade import Unfinished

pytestmark = slow

OLD = "one\ntwo\nthree\nfour\nfive\n"


def merged(owned: bytes, base: bytes, new: bytes) -> tuple[bytes, bool]:
    return b"merged", b"?" not in owned


OUTCOMES = [
    # base, owned, new: outcome, content, suffix
    (None, None, b"n", FileOutcome.ADDED, b"n", ""),
    (b"b", b"b", b"n", FileOutcome.REPLACED, b"n", ""),
    (b"b", b"b", None, FileOutcome.REMOVED, None, ""),
    (b"b", b"o", b"b", FileOutcome.KEPT, None, ""),
    (b"b", b"o", None, FileOutcome.KEPT, None, ""),
    (b"b", b"o", b"n", FileOutcome.MERGED, b"merged", ""),
    (b"b", b"?", b"n", FileOutcome.CONFLICT, b"merged", ".tocsin-merge"),
    (None, b"o", b"n", FileOutcome.CONFLICT, b"n", ".tocsin-new"),
    (b"b", None, b"n", FileOutcome.LEFT_OUT, None, ""),
    (b"b", None, b"b", FileOutcome.LEFT_OUT, None, ""),
    (b"b", None, None, FileOutcome.SAME, None, ""),
    (b"b", b"b", b"b", FileOutcome.SAME, None, ""),
    (b"b", b"n", b"n", FileOutcome.SAME, None, ""),
    (None, b"n", b"n", FileOutcome.SAME, None, ""),
]


@pytest.mark.parametrize(("base", "owned", "new", "outcome", "content", "suffix"), OUTCOMES)
def test_what_becomes_of_a_file(base, owned, new, outcome, content, suffix) -> None:
    assert change("x", base, owned, new, merged) == UpgradeChange("x", outcome, content, suffix)


@pytest.mark.parametrize("new", [None, b"a", b"b", b"c"])
def test_what_an_owner_wrote_is_never_replaced_or_removed(new) -> None:
    contents = (None, b"a", b"b", b"c")
    for base, owned in itertools.product(contents, contents):
        found = change("x", base, owned, new, lambda *_: None)
        if owned is not None and owned != base:
            assert found.outcome not in {
                FileOutcome.REMOVED,
                FileOutcome.REPLACED,
                FileOutcome.ADDED,
            }
            assert found.content is None or found.suffix
        if owned is None and base is not None:
            assert found.content is None, "what was deleted stays so"


@pytest.mark.parametrize(("base", "owned", "new", "outcome", "content", "suffix"), OUTCOMES)
def test_a_checkout_with_other_line_ends_is_the_same(
    base, owned, new, outcome, content, suffix
) -> None:
    """As git leaves files where ``core.autocrlf`` is set: the owner's and the base's alike."""

    def lines(text, ending):
        return None if text is None else text + ending

    found = change(
        "x",
        lines(base, b"\r\n"),
        lines(owned, b"\r\n"),
        lines(new, b"\n"),
        lambda owned, base, new: (b"merged\n", b"?" not in owned),
    )
    ending = b"\r\n" if owned is not None and outcome is not FileOutcome.CONFLICT else b"\n"
    assert found == UpgradeChange("x", outcome, lines(content, ending), suffix)


def test_git_merges_what_does_not_meet_and_marks_what_does() -> None:
    base, new = OLD.encode(), OLD.replace("five", "FIVE").encode()
    text, clean = git_merge(OLD.replace("one", "ONE").encode(), base, new)
    assert clean
    assert text == b"ONE\ntwo\nthree\nfour\nFIVE\n"
    text, clean = git_merge(OLD.replace("five", "5").encode(), base, new)
    assert not clean
    assert b"<<<<<<< yours\n5\n||||||| before\nfive\n=======\nFIVE\n>>>>>>> new\n" in text


def test_what_is_no_text_is_not_merged() -> None:
    assert git_merge(b"\0a", b"\0b", b"\0c") is None


def test_without_git_nothing_is_merged(monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert git_merge(b"a\n", b"b\n", b"c\n") is None


CHANGED = "serverless.yml.j2"
MERGED = "resources/alarms.yml.j2"
MET = "resources/outputs.yml.j2"
DELETED = "tests/alarms/hello.yml"
GONE = "resources/health.yml.j2"


@pytest.fixture
def changed(made: Path, next_version) -> Path:
    """A project of which the owner has changed three files and deleted one."""
    product_now = {
        CHANGED: "new\n",
        MERGED: (made / MERGED).read_text() + "# the product's last line\n",
        MET: "# the product's first line\n" + (made / MET).read_text(),
        DELETED: "scenarios: []\n",
        GONE: None,
        "resources/added.yml.j2": "# added\n",
        "functions/hello/handler.py": "another example\n",
    }
    (made / MERGED).write_text("# mine\n" + (made / MERGED).read_text())
    (made / MET).write_text("# my first line\n" + (made / MET).read_text())
    (made / DELETED).unlink()
    (made / "functions/hello/handler.py").write_text("mine\n")
    (made / "functions/orders").mkdir()
    (made / "functions/orders/handler.py").write_text("orders\n")
    next_version(product_now)
    return made


def outcomes(planned) -> dict[str, FileOutcome]:
    return {told.name: told.outcome for told in planned.told}


def test_an_upgrade_changes_what_the_owner_did_not_and_merges_or_shows_the_rest(changed) -> None:
    before = files_in(changed)
    planned = plan_upgrade(changed)
    assert files_in(changed) == before, "the plan writes nothing"
    assert outcomes(planned) == {
        CHANGED: FileOutcome.REPLACED,
        MERGED: FileOutcome.MERGED,
        MET: FileOutcome.CONFLICT,
        GONE: FileOutcome.REMOVED,
        "resources/added.yml.j2": FileOutcome.ADDED,
        "functions/hello/handler.py": FileOutcome.CONFLICT,
        "requirements/tocsin.txt": FileOutcome.REPLACED,
    }
    planned.apply()
    after = files_in(changed)
    assert after[CHANGED] == b"new\n"
    assert after[MERGED].startswith(b"# mine\n")
    assert after[MERGED].endswith(b"# the product's last line\n")
    assert GONE not in after
    assert DELETED not in after
    # Nothing of the owner's is another than it was, and the product's words are beside it.
    for name in (MET, "functions/hello/handler.py", "functions/orders/handler.py"):
        assert after[name] == before[name]
    assert b"# the product's first line" in after[f"{MET}.tocsin-merge"]
    assert b"# my first line" in after[f"{MET}.tocsin-merge"]
    assert read_answers(changed).version == "99.0.0"


def test_the_next_upgrade_begins_with_what_this_one_made(changed, next_version) -> None:
    plan_upgrade(changed).apply()
    with pytest.raises(Unfinished, match=r"hello/handler\.py\.tocsin-merge, resources/outputs"):
        plan_upgrade(changed)
    for left in changed.rglob("*.tocsin-merge"):
        left.unlink()
    assert outcomes(plan_upgrade(changed)) == {}


def test_without_git_the_products_file_is_put_beside_the_owners(changed) -> None:
    before = files_in(changed)
    planned = plan_upgrade(changed, merge=lambda *_: None)
    planned.apply()
    assert {conflict.name for conflict in planned.conflicts} == {
        MERGED,
        MET,
        "functions/hello/handler.py",
    }
    assert (changed / "functions/hello/handler.py.tocsin-new").read_text() == "another example\n"
    assert (changed / MERGED).read_bytes() == before[MERGED]


def test_a_run_that_was_cut_off_anywhere_is_done_again(changed, monkeypatch, tmp_path) -> None:
    plan = plan_upgrade(changed)
    whole = tmp_path / "whole"
    shutil.copytree(changed, whole)
    upgrade.Upgrade(whole, plan.before, plan.after, plan.changes, plan.files).apply()
    write = upgrade.write_file

    class CutOff(Exception):
        pass

    for writes in (0, 1, 2, 4, 8, 30) if DEEP else (0, 4):
        root = tmp_path / f"cut off after {writes}"
        shutil.copytree(changed, root)
        left = iter(range(writes))

        def cut(target, file, left=left):
            if next(left, None) is None:
                raise CutOff
            write(target, file)

        monkeypatch.setattr(upgrade, "write_file", cut)
        with pytest.raises(CutOff):
            upgrade.Upgrade(root, plan.before, plan.after, plan.changes, plan.files).apply()
        monkeypatch.setattr(upgrade, "write_file", write)
        for beside in root.rglob("*.tocsin-merge"):
            beside.unlink()
        plan_upgrade(root).apply()
        merges = {f"{name}.tocsin-merge" for name in (MET, "functions/hello/handler.py")}
        found, wanted = files_in(root), files_in(whole)
        assert {name: text for name, text in found.items() if name not in merges} == {
            name: text for name, text in wanted.items() if name not in merges
        }


def test_a_project_of_a_newer_version_is_refused(made, next_version) -> None:
    next_version({}, version="0.0.9")
    with pytest.raises(InputError, match=r"found version .*; accepted: at most 0\.0\.9"):
        plan_upgrade(made)


@pytest.mark.parametrize("text", ["", "- a list\n", "version: [\n", "version: 1.0.0\n"])
def test_a_project_that_nobody_knows_the_begin_of_is_refused(made, text) -> None:
    (made / ".tocsin-base/answers.yml").write_text(text)
    with pytest.raises(NotMadeHere, match="accepted: `version` and `service`"):
        plan_upgrade(made)
    (made / ".tocsin-base").rename(made / "elsewhere")
    with pytest.raises(NotMadeHere, match="a project that `tocsin init` made"):
        plan_upgrade(made)


def test_nothing_is_written_through_a_link_that_leads_out(made, tmp_path, next_version) -> None:
    outside = tmp_path / "outside"
    shutil.move(made / "resources", outside)
    os.symlink(outside, made / "resources")
    next_version({MERGED: "new\n"})
    before = files_in(outside)
    with pytest.raises(InputError, match=r"found a link to .*outside of the project"):
        plan_upgrade(made)
    assert files_in(outside) == before


def test_a_folder_in_the_place_of_a_file_is_named(made) -> None:
    (made / "serverless.yml.j2").unlink()
    (made / "serverless.yml.j2").mkdir()
    with pytest.raises(InputError, match=r"serverless\.yml\.j2: found a folder; accepted: a file"):
        plan_upgrade(made)


def test_the_mode_that_an_owner_gave_a_file_stays(made, next_version) -> None:
    (made / CHANGED).chmod(0o600)
    next_version({CHANGED: "new\n"})
    plan_upgrade(made).apply()
    assert (made / CHANGED).stat().st_mode & 0o777 == 0o600


def test_a_file_in_the_place_of_the_base_is_no_project_of_ours(made) -> None:
    (made / ".tocsin-base").rename(made.parent / "base")
    (made / ".tocsin-base").write_text("")
    with pytest.raises(NotMadeHere, match=r"found no .tocsin-base/answers.yml"):
        plan_upgrade(made)


def test_a_file_in_the_place_of_a_new_folder_is_named_before_anything(made, next_version) -> None:
    next_version({"checks/new.yml": "new\n", "inv": "new\n"})
    (made / "checks").write_text("mine")
    before = files_in(made)
    with pytest.raises(InputError, match="checks: found a file; accepted: a folder, or nothing"):
        plan_upgrade(made).apply()
    assert files_in(made) == before
