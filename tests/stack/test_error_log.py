"""The table that every failure is recorded in."""

from tests.stack.conftest import Compiled
from tocsin import names


def table(compiled: Compiled):
    return compiled.one("AWS::DynamoDB::Table", TableName=names.table(compiled.stage.suffix))


def test_a_record_is_found_by_its_id_and_by_function_and_time(compiled: Compiled) -> None:
    _, properties = table(compiled)
    assert properties["KeySchema"] == [
        {"AttributeName": "errorId", "KeyType": "HASH"},
        {"AttributeName": "timestamp", "KeyType": "RANGE"},
    ]
    (index,) = properties["GlobalSecondaryIndexes"]
    assert index == {
        "IndexName": "FunctionNameIndex",
        "KeySchema": [
            {"AttributeName": "functionName", "KeyType": "HASH"},
            {"AttributeName": "timestamp", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
    assert properties["AttributeDefinitions"] == [
        {"AttributeName": name, "AttributeType": "S"}
        for name in ("errorId", "timestamp", "functionName")
    ]


def test_it_costs_what_is_used_and_can_be_restored(compiled: Compiled) -> None:
    _, properties = table(compiled)
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_a_protected_stages_records_outlive_the_stack_and_no_others(compiled: Compiled) -> None:
    logical_id, properties = table(compiled)
    resource = compiled.resources[logical_id]
    protected = compiled.stage.protected
    kept = ("RetainExceptOnCreate", "Retain") if protected else ("Delete", "Delete")
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == kept
    # A deploy switches it on afterwards: a first one that fails can still be taken back.
    assert "DeletionProtectionEnabled" not in properties


def test_a_protected_stages_dead_letters_outlive_the_stack_and_no_others(
    compiled: Compiled,
) -> None:
    name = names.dead_letters(compiled.stage.suffix)
    logical_id, _ = compiled.one("AWS::SQS::Queue", QueueName=name)
    policy = compiled.resources[logical_id].get("DeletionPolicy", "Delete")
    assert policy == ("RetainExceptOnCreate" if compiled.stage.protected else "Delete")
