"""The records of a protected stage, which nobody deletes by accident once they are there.

Not in the template: CloudFormation could not delete a table that it has just made, where something
else of a first deploy fails, and that table would be in the way of the next.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
"""

from tocsin import names
from tocsin.aws.account import Account
from tocsin.config import Stage


def protect(target: Account, stage: Stage) -> bool:
    """Switch the table's deletion protection on where the stage is protected; whether it was off.

    Raises:
        botocore's errors, where AWS does not let it.
    """
    if not stage.protected:
        return False
    client, table = target.client("dynamodb"), names.table(stage.suffix)
    if client.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
        return False
    client.update_table(TableName=table, DeletionProtectionEnabled=True)
    return True
