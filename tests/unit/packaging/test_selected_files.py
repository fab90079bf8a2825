"""`package.patterns` as Serverless reads them: the last one that fits a file decides."""

from pathlib import Path

import pytest

from tocsin.packaging.selected_files import chosen, glob

ROOT = Path("/project")
FILES = {
    name: ROOT / "src" / name
    for name in ("app.py", "shop/cart.py", "shop/cart.json", "shop/deep/er.py", "README.md")
}


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ([], FILES),
        (["!src/README.md"], ["app.py", "shop/cart.py", "shop/cart.json", "shop/deep/er.py"]),
        (["!README.md"], ["app.py", "shop/cart.py", "shop/cart.json", "shop/deep/er.py"]),
        (["!src/shop/*"], ["app.py", "shop/deep/er.py", "README.md"]),
        (["!src/shop/**"], ["app.py", "README.md"]),
        (["!**/*.py"], ["shop/cart.json", "README.md"]),
        (["!./**/*.py"], ["shop/cart.json", "README.md"]),
        (["!**", "src/app.py"], ["app.py"]),
        (["src/app.py", "!**"], []),
        (["!**", "**/*.{py,md}", "!src/shop/**"], ["app.py", "README.md"]),
        (["!src/???.py"], ["shop/cart.py", "shop/cart.json", "shop/deep/er.py", "README.md"]),
        (["!src/[ab]*.py"], ["shop/cart.py", "shop/cart.json", "shop/deep/er.py", "README.md"]),
        (["!src/[!ab]*"], ["app.py", "shop/cart.py", "shop/cart.json", "shop/deep/er.py"]),
        (["!nothing/**"], FILES),
    ],
)
def test_what_is_left(patterns, left) -> None:
    assert [*chosen(FILES, ROOT, patterns)] == [*left]


def test_a_package_that_is_installed_goes_by_its_name_in_the_archive() -> None:
    files = {"boto3/session.py": Path("/elsewhere/boto3/session.py"), **FILES}
    assert "boto3/session.py" not in chosen(files, ROOT, ["!boto3/**"])
    assert "boto3/session.py" in chosen(files, ROOT, ["!elsewhere/**"])


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("a.py", "a.py", True),
        ("a.py", "axpy", False),
        ("a+(b)|c", "a+(b)|c", True),
        ("*", "a/b", False),
        ("**", "a/b", True),
        ("**/b", "b", True),
        ("**/b", "a/c/b", True),
        ("a/**/b", "a/b", True),
        ("{a,b/*}.py", "b/c.py", True),
        ("{a,b", "{a,b", True),
        ("[]", "[]", True),
        ("[a-c]", "b", True),
        ("[\\\\d]", "7", False),
        ("a\\nb", "a\\nb", True),
    ],
)
def test_a_pattern_is_of_the_whole_path(pattern, path, fits) -> None:
    assert (glob(pattern).fullmatch(path) is not None) is fits
