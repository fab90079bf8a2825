"""Resources that osls adds by itself, by the names that it gives them."""

import pytest

from tocsin.cloudformation.osls_resources import is_of_an_event, is_osls_own


@pytest.mark.parametrize(
    ("logical_id", "own", "of_an_event"),
    [
        ("IamRoleCustomResourcesLambdaExecution", True, False),
        ("CustomDashresourceDashexistingDashs3LambdaFunction", True, False),
        ("CustomDashresourceDasheventDashbridgeLambdaFunction", True, False),
        ("IamRoleLambdaExecution", False, False),
        ("OrdersLambdaFunction", False, False),
        ("CustomLambdaFunction", False, False),
        ("SNSTopicOrderplaced", False, True),
        ("MySNSTopic", False, False),
        ("", False, False),
    ],
)
def test_whose_it_is(logical_id, own, of_an_event) -> None:
    assert is_osls_own(logical_id) is own
    assert is_of_an_event(logical_id) is of_an_event


def test_what_osls_makes_of_an_event_is_told_in_a_compiled_stack(compiled) -> None:
    kinds = {
        resource["Type"]
        for logical_id, resource in compiled("dev")["Resources"].items()
        if is_of_an_event(logical_id)
    }
    assert kinds <= {"AWS::SNS::Topic", "AWS::SNS::Subscription"}
    assert not [name for name in compiled("dev")["Resources"] if is_osls_own(name)]
