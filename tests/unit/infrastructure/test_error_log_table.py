"""The error log's table, as compiled."""

import pytest

from tests import error_log_table


def properties(template):
    return template["Resources"]["ErrorLogTable"]["Properties"]


def test_records_are_keyed_by_id_and_time_and_found_by_function_and_time(dev) -> None:
    table = properties(dev)
    assert table["TableName"] == "error-log-table-dev"
    assert table["KeySchema"] == [
        {"AttributeName": "errorId", "KeyType": "HASH"},
        {"AttributeName": "timestamp", "KeyType": "RANGE"},
    ]
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "FunctionNameIndex"
    assert index["KeySchema"] == [
        {"AttributeName": "functionName", "KeyType": "HASH"},
        {"AttributeName": "timestamp", "KeyType": "RANGE"},
    ]
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert {key: table[key] for key in error_log_table.KEYS} == error_log_table.KEYS


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_it_costs_by_use_is_encrypted_recovers_and_forgets(compiled, stage) -> None:
    table = properties(compiled(stage))
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in table
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_a_test_stage_leaves_nothing_behind(dev) -> None:
    table = dev["Resources"]["ErrorLogTable"]
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Delete", "Delete")


def test_a_protected_stage_retains_its_records(prod) -> None:
    table = prod["Resources"]["ErrorLogTable"]
    policies = (table["DeletionPolicy"], table["UpdateReplacePolicy"])
    assert policies == ("RetainExceptOnCreate", "Retain")
    letters = prod["Resources"]["CollectorDeadLetters"]
    assert (letters["DeletionPolicy"], letters["UpdateReplacePolicy"]) == policies
