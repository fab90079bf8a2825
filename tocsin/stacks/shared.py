"""What all stacks of a stage share, as a template refers to it.

The main stack refers to its own resources; a sibling writes the ARN down from the name, which is
known before anything is deployed. An export would tie the stacks: CloudFormation changes no
exported value that another stack imports.
"""

import json

from tocsin import names
from tocsin.stacks.stack import Stack


def shared_arns(stack: Stack) -> dict[str, str]:
    """Key -> the ARN of a shared resource as JSON, which is YAML too: an intrinsic function."""
    suffix = stack.stage.suffix
    collector = names.function(names.COLLECTOR, suffix)
    shared = {
        "table": (_att("ErrorLogTable"), f"dynamodb:{_PLACE}:table/{names.table(suffix)}"),
        "topic": ({"Ref": "AlertsTopic"}, f"sns:{_PLACE}:{names.topic(suffix)}"),
        "pages": ({"Ref": "PagesTopic"}, f"sns:{_PLACE}:{names.pages_topic(suffix)}"),
        "collector": (_att("CollectorLambdaFunction"), f"lambda:{_PLACE}:function:{collector}"),
    }
    return {
        key: json.dumps(own if stack.is_main else {"Fn::Sub": f"arn:${{AWS::Partition}}:{tail}"})
        for key, (own, tail) in shared.items()
    }


def drill_key(stack: Stack) -> str:
    """The value of the stage's secret (resources/drill.yml.j2), as JSON.

    CloudFormation puts it in place of this text, and shows it nowhere.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    """
    secret = {"Ref": "DrillKey"} if stack.is_main else names.drill_key(stack.stage.suffix)
    value = {"Fn::Join": ["", ["{{resolve:secretsmanager:", secret, ":SecretString}}"]]}
    return json.dumps(value)


_PLACE = "${AWS::Region}:${AWS::AccountId}"


def _att(logical_id: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}
