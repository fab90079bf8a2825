"""A project asks for the tocsin that made it, wherever that came from."""

import pytest

from tests.conftest import ROOT
from tocsin.scaffold.requirement import is_of_this_machine, of_direct_url, requirement

GIT = "https://git.example.com/team/tocsin.git"
COMMIT = "0" * 39 + "1"


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ({"url": "file:///src/my%20tocsin", "dir_info": {}}, "tocsin @ file:///src/my%20tocsin"),
        (
            {"url": GIT, "vcs_info": {"vcs": "git", "commit_id": COMMIT}},
            f"tocsin @ git+{GIT}@{COMMIT}",
        ),
        (
            {
                "url": GIT,
                "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "v0.3.0"},
            },
            f"tocsin @ git+{GIT}@v0.3.0",
        ),
        (
            {
                "url": GIT,
                "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"},
            },
            f"tocsin @ git+{GIT}@{COMMIT}",
        ),
        (
            {"url": "https://x/t.whl", "archive_info": {"hashes": {"sha256": "ab"}}},
            "tocsin @ https://x/t.whl#sha256=ab",
        ),
        (
            {"url": "https://x/t.whl", "archive_info": {"hash": "sha256=ab"}},
            "tocsin @ https://x/t.whl#sha256=ab",
        ),
        ({"url": "https://x/t.whl", "archive_info": {}}, "tocsin @ https://x/t.whl"),
    ],
)
def test_where_it_came_from_is_asked_for_again(found, line) -> None:
    assert of_direct_url(found) == line


def test_a_checkout_that_is_run_as_it_is_names_its_folder() -> None:
    assert requirement() == f"tocsin @ {ROOT.as_uri()}"
    assert is_of_this_machine(requirement())
    assert not is_of_this_machine(f"tocsin @ git+{GIT}@{COMMIT}")
