"""A module that is imported in place of another is found."""

from dataclasses import replace

import pytest

from tests.conftest import DEMO
from tocsin import config
from tocsin.check.shadow_rules import shadows
from tocsin.findings import Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING


@pytest.mark.parametrize(
    ("file", "severity"),
    [
        ("orders/errorlog.py", ERROR),
        ("orders/errorlog/__init__.py", ERROR),
        ("orders/errorlog/handler.py", ERROR),
        ("_shared/errorlog.py", ERROR),
        ("orders/aws_lambda_powertools/__init__.py", ERROR),
        ("orders/json.py", WARNING),
        ("orders/http/__init__.py", WARNING),
        ("orders/error_log.py", None),
        ("orders/errorlog.json", None),
        ("orders/errorlog/data.json", None),
        ("orders/api/json.py", None),
        ("payments/errorlog.py", None),
    ],
)
def test_a_module_in_place_of_another_is_found(tmp_path, file, severity) -> None:
    path = tmp_path / "functions" / file
    path.parent.mkdir(parents=True)
    path.write_text("")
    source = tmp_path / "functions" / "orders"
    function = replace(config.load(DEMO, "dev").function("orders"), source=source)
    found = list(shadows(function))
    assert [finding.severity for finding in found] == ([severity] if severity else [])
    assert all(file.split("/")[1] in finding.message for finding in found)


def test_what_no_archive_has_stands_before_nothing(tmp_path) -> None:
    """Of a project whose archive is all of it, its tools and what is built from it are left out."""
    for package in ("errorlog", "build", "json"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    function = replace(
        config.load(DEMO, "dev").function("orders"), source=tmp_path, handler="src/orders.handler"
    )
    whole = replace(function, folder="")
    assert [finding.message.split()[0] for finding in shadows(whole)] == ["json"]
    of_that_name = replace(whole, handler="errorlog/orders.handler")
    assert len(list(shadows(of_that_name))) == 2
