"""Where the product's files are, and which of them a wheel gets."""

import tomllib

from tests.conftest import ROOT
from tocsin import product


def test_in_a_checkout_the_product_is_its_root() -> None:
    assert not product.is_installed()
    assert product.folder() == ROOT
    assert product.errorlog() == ROOT / "errorlog"


def test_every_file_that_a_wheel_gets_is_there() -> None:
    for name in (*product.FILES, product.ERRORLOG):
        assert product.files_below(name), name


def test_neither_caches_nor_what_only_a_build_reads_are_files_of_the_product() -> None:
    names = product.files_below(product.ERRORLOG)
    assert (ROOT / "errorlog/pyproject.toml").is_file()
    assert "errorlog/pyproject.toml" not in names
    assert not [name for name in names if not name.endswith((".py", "/py.typed"))]


def test_a_lambda_of_the_product_is_judged_like_the_tools() -> None:
    """Types, import contracts, and the changes of a stage's own functions name each."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    for name in product.LAMBDAS:
        assert name in settings["mypy"]["files"]
        assert name in settings["importlinter"]["root_packages"]


def test_errorlog_has_the_version_of_the_product() -> None:
    library = tomllib.loads((ROOT / "errorlog/pyproject.toml").read_text(encoding="utf-8"))
    assert library["project"]["version"] == product.version()
    assert "dependencies" not in library["project"]
