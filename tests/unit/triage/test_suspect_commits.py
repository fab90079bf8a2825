"""The commits that may have brought a bug, in a repository made for it."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import hostile_records as hostile
from tests.conftest import slow
from tocsin.bugs.bug import Bug
from tocsin.bugs.states import Regressed
from tocsin.triage.suspect_commits import suspects

TIMES = {f"r{n}": f"2026-11-{n:02d}T00:00:00.000Z" for n in (1, 2, 3, 4)}
BUG = Bug("v1:aa", "t", "t", 1, top_frame="stock.py:24 in reserve", first_release="r3",
          functions={"orders-function-dev": 1})  # fmt: skip
RECORD = {"stackTrace": '  File "/var/task/shop/cart.py", line 3, in add\n    x()\nKeyError: 1'}


def git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=Ann", "-c", "user.email=a@example.com")
    command = ["git", *identity, *words]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """r1 begins; r2 and r3 change the files; `other.py` is in no stack trace."""
    root = tmp_path_factory.mktemp("a checkout")
    git(root, "init", "-q")
    folder = root / "functions" / "orders"
    (folder / "shop").mkdir(parents=True)
    for release, changed in (
        ("r1", ("stock.py", "shop/cart.py", "other.py")),
        ("r2", ("stock.py",)),
        ("r3", ("shop/cart.py", "other.py")),
        ("r4", ("other.py",)),
    ):
        for name in changed:
            (folder / name).write_text(f"# {release}\n")
        git(root, "add", "-A")
        git(root, "commit", "-qm", f"Change {release}")
        git(root, "tag", release)
    git(root, "commit", "--allow-empty", "-qm", "Change nothing")
    git(root, "tag", "r5")
    return root


@pytest.fixture(scope="module")
def stage(checkout):
    function = SimpleNamespace(name="orders-function-dev", source=checkout / "functions/orders")
    return SimpleNamespace(functions=(function,))


@slow
def test_those_between_the_last_good_release_and_the_first_bad_one(checkout, stage) -> None:
    found = suspects(checkout, stage, BUG, TIMES, RECORD)
    assert (found.good, found.bad) == ("r2", "r3")
    assert found.files == ("functions/orders/stock.py", "functions/orders/shop/cart.py")
    assert [commit.subject for commit in found.commits] == ["Change r3"]
    assert found.commits[0].commit == git(checkout, "rev-parse", "r3")


def test_where_the_trace_has_none_those_of_the_functions_folder(checkout, stage) -> None:
    """A time-out has no stack, and a cause may stand where the trace does not go."""
    for bug in (BUG, replace(BUG, top_frame=""), replace(BUG, top_frame="../../../etc.py:1 in x")):
        found = suspects(checkout, stage, bug, TIMES)
        assert found.files == ("functions/orders",)
        assert [commit.subject for commit in found.commits] == ["Change r3"]
    nothing = suspects(checkout, stage, replace(BUG, first_release="r5"),
                       TIMES | {"r5": "2026-11-05"})  # fmt: skip
    assert nothing.why == "no commit from r4 to r5 touches functions/orders"


def test_of_one_that_is_back_those_before_the_release_that_it_came_back_in(checkout, stage) -> None:
    back = replace(BUG, first_release="r1", state=Regressed("t", "r2", "failed"))
    found = suspects(checkout, stage, back, TIMES)
    assert [commit.subject for commit in found.commits] == ["Change r2"]


WITHOUT = [
    ({"first_release": "r1"}, {}, "no release before r1 is known"),
    ({"first_release": "unversioned"}, {}, "its first release is no commit"),
    ({"first_release": "r3-dirty"}, {}, "its first release is no commit"),
    ({"first_release": "r9"}, {"r9": "2026-11-09"}, "r9 is no commit of this checkout"),
    ({"first_release": "r9"}, {"r8": "2026-11-08", "r9": "2026-11-09"}, "r8 is no commit"),
    ({"functions": {"gone-function-dev": 1}}, {}, "its functions have no file in the project"),
]


@pytest.mark.parametrize(("changes", "releases", "why"), WITHOUT)
def test_where_there_are_none_it_says_why(checkout, stage, changes, releases, why) -> None:
    found = suspects(checkout, stage, replace(BUG, **changes), TIMES | releases)
    assert (found.commits, why in found.why) == ((), True), found.why


def test_what_is_no_repository_has_none(tmp_path, checkout, stage) -> None:
    (tmp_path / "functions/orders").mkdir(parents=True)
    (tmp_path / "functions/orders/stock.py").write_text("")
    function = SimpleNamespace(name="orders-function-dev", source=tmp_path / "functions/orders")
    found = suspects(tmp_path, SimpleNamespace(functions=(function,)), BUG, TIMES)
    assert found.commits == ()
    assert found.why == "the project is no git checkout, or git is not there"


@slow
def test_without_git_it_says_so(checkout, stage, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    found = suspects(checkout, stage, BUG, TIMES, RECORD)
    assert found.why == "the project is no git checkout, or git is not there"


@slow
@pytest.mark.parametrize(
    ("tags", "why"),
    [((), "r2 is no commit of this checkout; the checkout is shallow: "),
     (("r2", "r3"), "what is between r2 and r3 is not here; the checkout is shallow: ")],
)  # fmt: skip
def test_a_shallow_checkout_blames_no_commit_for_all_that_is_cut(
    checkout, tmp_path, tags, why
) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", "--no-tags", checkout.as_uri(), "shallow")
    root = tmp_path / "shallow"
    for tag in tags:
        git(root, "fetch", "-q", "--depth=1", "origin", f"refs/tags/{tag}:refs/tags/{tag}")
    function = SimpleNamespace(name="orders-function-dev", source=root / "functions/orders")
    found = suspects(root, SimpleNamespace(functions=(function,)), BUG, TIMES, RECORD)
    assert found.commits == ()
    assert found.why.startswith(why)


@slow
def test_who_and_what_for_are_texts_whatever_they_hold(checkout, tmp_path) -> None:
    """A commit that names its author oddly is not left out, and hides no other."""
    git(tmp_path, "clone", "-q", checkout.as_uri(), "odd")
    root = tmp_path / "odd"
    git(root, "checkout", "-q", "r3")
    subject = "x\x1fy \x1b[2J\u202e\x1e --exec=sh"
    (root / "functions/orders/stock.py").write_text("# r3b\n")
    git(root, "-c", "user.name=A\x1fb\u202e", "commit", "-qam", subject)
    (root / "functions/orders/stock.py").write_text("# r3c\n")
    git(root, "commit", "-qam", "Change it back")
    git(root, "tag", "r3c")
    function = SimpleNamespace(name="orders-function-dev", source=root / "functions/orders")
    bug = replace(BUG, first_release="r3c")
    times = {"r3": "2026-11-03", "r3c": "2026-11-04"}
    found = suspects(root, SimpleNamespace(functions=(function,)), bug, times, RECORD)
    assert [commit.subject for commit in found.commits] == ["Change it back", subject]
    assert "\u202e" in found.commits[1].author


@slow
def test_a_file_that_was_renamed_since_is_looked_for_by_its_folder(checkout, tmp_path) -> None:
    git(tmp_path, "clone", "-q", checkout.as_uri(), "renamed")
    root = tmp_path / "renamed"
    for old in ("stock.py", "shop/cart.py"):
        git(root, "mv", f"functions/orders/{old}", f"functions/orders/{old}_.py")
    git(root, "commit", "-qm", "Rename")
    function = SimpleNamespace(name="orders-function-dev", source=root / "functions/orders")
    found = suspects(root, SimpleNamespace(functions=(function,)), BUG, TIMES, RECORD)
    assert found.files == ("functions/orders",)
    assert [commit.subject for commit in found.commits] == ["Change r3"]


OPTIONS = ("--output=x", "-x", "r2..r3", "r2^{/x}", "HEAD@{1}", "r2:functions", "r2 r3")
FORGED = [text for text in hostile.TEXTS.values() if not re.fullmatch(r"\w*", text)]


@pytest.mark.parametrize("release", [*OPTIONS, *FORGED[::5]])
def test_git_is_given_no_name_that_has_not_the_form_of_one(
    checkout, stage, release, monkeypatch
) -> None:
    asked = []
    run = subprocess.run

    def seen(words, **options):
        asked.append(words)
        return run(words, **options)

    monkeypatch.setattr(subprocess, "run", seen)
    times = TIMES | {release: "2026-11-30T00:00:00.000Z"}
    forged = {"stackTrace": f'File "{release}.py", line 1\nFile "--help.py", line 2'}
    found = suspects(checkout, stage, replace(BUG, first_release=release), times, forged)
    assert found.commits == ()
    assert not any(release in " ".join(words) for words in asked)
    assert not (checkout / "x").exists()
