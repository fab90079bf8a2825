"""Templates: a mistake is named with file and line, and nothing is written of half a result."""

import shutil

import pytest

from tocsin import config
from tocsin.packaging.jinja_templates import TemplateError
from tocsin.packaging.render import render, rendered


def test_an_undefined_name_says_file_and_line_and_writes_nothing(project) -> None:
    fragment = project / "resources" / "alerts.yml.j2"
    fragment.write_text("# one\n# two\nAlertsTopic: {{ stage.nosuch }}\n")
    with pytest.raises(TemplateError, match=r"resources/alerts\.yml\.j2:3: .*nosuch"):
        render(project, config.load(project, "dev"))
    assert not (project / "build").exists()


def test_a_syntax_error_says_file_and_line(project) -> None:
    (project / "resources" / "alarms.yml.j2").write_text("ok: 1\n{% if %}\n")
    with pytest.raises(TemplateError, match=r"alarms\.yml\.j2:2: "):
        render(project, config.load(project, "dev"))


@pytest.mark.parametrize("name", ["serverless.yml.j2", "resources/alarms.yml.j2"])
def test_a_template_that_is_no_text_is_named(project, name) -> None:
    (project / name).write_bytes(b"a: '\xe9'\n")
    with pytest.raises(TemplateError, match=r"\.yml\.j2: found no UTF-8: .* at byte 4"):
        render(project, config.load(project, "dev"))
    assert not (project / "build").exists()


def test_a_fragment_that_the_project_does_not_have_is_the_products(project) -> None:
    stage = config.load(project, "dev")
    before = rendered(project, stage)
    shutil.rmtree(project / "resources")
    (project / "serverless.yml.j2").unlink()
    assert rendered(project, stage) == before


def test_a_fragment_that_nobody_has_is_named(project) -> None:
    (project / "resources" / "iam.yml.j2").write_text('{% include "none.yml.j2" %}')
    with pytest.raises(TemplateError, match=r"none\.yml\.j2: no such template"):
        render(project, config.load(project, "dev"))


def test_text_that_is_not_yaml_is_refused(project) -> None:
    (project / "resources" / "outputs.yml.j2").write_text("a: [unclosed\n")
    with pytest.raises(TemplateError, match="not YAML"):
        render(project, config.load(project, "dev"))
    assert not (project / "build").exists()
