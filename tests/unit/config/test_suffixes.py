"""What a stage may be called: nothing that makes its names another stage's."""

import pytest

from tests.unit.config.monitoring_files import problems_of
from tocsin import config


@pytest.mark.parametrize("name", ["2-dev", "summary-dev"])
def test_a_stage_is_not_called_as_the_further_stack_of_another(written, name) -> None:
    root = written(
        f'service: shop\nstages: {{dev: {{}}, "{name}": {{}}}}\nfunctions: {{a: {{}}}}\n'
    )
    ((found, accepted),) = problems_of(root).values()
    assert found == repr(name)
    assert "does not begin as the further stacks" in accepted


@pytest.mark.parametrize("name", ["function-dev", "a-role-dev", "latency-alarm-dev"])
def test_a_stage_is_not_called_so_that_a_name_could_be_another_stages(written, name) -> None:
    root = written(f"service: shop\nstages: {{dev: {{environmentSuffix: {name}}}}}\n"
                   "functions: {a: {}}\n")  # fmt: skip
    ((path, (found, accepted)),) = problems_of(root).items()
    assert (path, found) == ("stages.dev.environmentSuffix", repr(name))
    assert accepted.startswith("one without function-, role-, alarm- in it")


def test_stages_of_other_regions_need_suffixes_of_their_own_too(written) -> None:
    root = written("""
        service: shop
        stages:
          dev: {region: us-east-1}
          dev-eu: {region: eu-west-1, environmentSuffix: dev}
        functions: {a: {}}
    """)
    assert problems_of(root) == {
        "stages.dev-eu.environmentSuffix": (
            "'dev', which stage dev has too",
            "one of its own, since names end with it, in another region too: those of roles are "
            "the account's",
        )
    }


@pytest.mark.parametrize("name", ["2", "pr-2", "summary", "2nd-try", "alarm", "functions-dev"])
def test_other_names_with_a_number_or_such_a_word_are_fine(written, name) -> None:
    root = written(
        f'service: shop\nstages: {{dev: {{}}, "{name}": {{}}}}\nfunctions: {{a: {{}}}}\n'
    )
    assert config.load(root, name).suffix == name
