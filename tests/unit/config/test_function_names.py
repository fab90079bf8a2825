"""What a function may be called: no name of the stack's own, and none that another one takes."""

import pytest

from tests.unit.config.monitoring_files import HANDLER, problems_of
from tocsin import config

RESERVED = ["collector", "Collector", "coLLector", "functions", "Functions", "functions-2"]


@pytest.mark.parametrize("name", RESERVED)
def test_a_function_cannot_take_a_name_of_the_stacks_own(written, name) -> None:
    """Nor with one role each: a stage that goes over to a shared role has both for a while."""
    root = written(f"""
        service: shop
        stages: {{dev: {{}}}}
        functions: {{{name}: {{}}, a: {{}}}}
    """)
    folder = root / "functions" / name
    folder.mkdir()
    (folder / "handler.py").write_text(HANDLER)
    assert problems_of(root) == {
        f"functions.{name}": (repr(name), "a name other than the stack's own")
    }


@pytest.mark.parametrize("name", ["functions-a", "function", "my-functions", "collector-2"])
def test_a_function_may_have_a_name_that_only_looks_like_it(written, name) -> None:
    root = written(f"service: shop\nstages: {{dev: {{}}}}\nfunctions: {{{name}: {{}}}}\n")
    folder = root / "functions" / name
    folder.mkdir()
    (folder / "handler.py").write_text(HANDLER)
    assert [function.key for function in config.load(root).functions] == [name]


@pytest.mark.parametrize("other", ["Send-Mail", "sendDashmail"])
def test_functions_whose_resources_would_have_the_same_names_are_named(written, other) -> None:
    root = written(f"service: shop\nstages: {{dev: {{}}}}\n"
                   f"functions: {{send-mail: {{}}, {other}: {{}}}}\n")  # fmt: skip
    for name in ("send-mail", other):
        (root / "functions" / name).mkdir()
        (root / "functions" / name / "handler.py").write_text(HANDLER)
    assert problems_of(root) == {
        f"functions.{other}": (
            f"{other!r}, whose resources have the names of those of send-mail",
            "a name that differs in letters or digits",
        )
    }
