"""The errorlog of a stage as other stacks name it: layer, variable, right, and the drill's key."""

from dataclasses import dataclass
from typing import Any

from tocsin import names
from tocsin.attach.managed_policies import PUT
from tocsin.config import Stage

LAYER_OUTPUT = "ErrorlogLambdaLayerQualifiedArn"
"""The output of the stage's main stack that osls makes of the layer."""


@dataclass(frozen=True)
class Offer:
    """``layer`` is the ARN of the layer's newest version, empty where nobody has deployed it."""

    stage: Stage
    layer: str = ""

    @property
    def layer_arn(self) -> str:
        """The ARN, or what it will be but for the account and the version."""
        return self.layer or (
            f"arn:aws:lambda:{self.stage.region}:ACCOUNT:layer:{names.layer(self.stage.suffix)}:"
            "VERSION"
        )

    @property
    def table(self) -> str:
        return names.table(self.stage.suffix)

    @property
    def table_arn(self) -> str:
        """With the account's number where the layer tells it."""
        account = self.layer.split(":")[4] if self.layer else "*"
        partition = self.layer.split(":")[1] if self.layer else "aws"
        return f"arn:{partition}:dynamodb:{self.stage.region}:{account}:table/{self.table}"

    @property
    def drill_key(self) -> str:
        return f"{{{{resolve:secretsmanager:{names.drill_key(self.stage.suffix)}:SecretString}}}}"

    @property
    def statement(self) -> dict[str, Any]:
        """The one statement that a role needs, as IAM has it."""
        return {"Effect": "Allow", "Action": PUT, "Resource": self.table_arn}

    def statement_of_template(self, table: str | None = None) -> dict[str, Any]:
        """The same in a template, which knows its account: ``table`` may have variables."""
        arn = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/"
        resource = {"Fn::Sub": f"{arn}{table or self.table}"}
        return {"Effect": "Allow", "Action": PUT, "Resource": resource}
