"""What a stage says where something answers is where it answers."""

from __future__ import annotations

import io
import json
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.local.conftest import REGION
from tests.waiting import PATIENCE_S
from tocsin.local import LocalStage

Aws = Callable[..., Any]
Deploy = Callable[..., Any]

ECHO = "def handler(event, context):\n    return {'statusCode': 200, 'body': event['rawPath']}\n"


def get(url: str) -> str:
    """The body of an answer, by a program that knows nothing of the stage."""
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:  # noqa: S310  the stage's
        return str(answer.read().decode())


def test_a_function_url_leads_to_the_function(stage: LocalStage, aws: Aws, deploy: Deploy) -> None:
    name = deploy(ECHO).name
    functions = aws("lambda")
    made = functions.create_function_url_config(FunctionName=name, AuthType="NONE")
    url = made["FunctionUrl"]
    assert url.startswith(f"{stage.endpoint}/_aws/lambda-url/")
    assert get(url) == "/"
    assert get(f"{url}a/b") == "/a/b"
    assert functions.get_function_url_config(FunctionName=name)["FunctionUrl"] == url
    (listed,) = functions.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
    assert listed["FunctionUrl"] == url
    functions.delete_function_url_config(FunctionName=name)
    with pytest.raises(urllib.error.HTTPError):
        get(url)


def template(function_arn: str) -> dict[str, Any]:
    """A Function URL and an HTTP API, with addresses as osls puts them together."""
    api_host = [{"Ref": "Api"}, ".execute-api.", {"Ref": "AWS::Region"}, ".", _SUFFIX]
    return {
        "Resources": {
            "Url": {
                "Type": "AWS::Lambda::Url",
                "Properties": {"TargetFunctionArn": function_arn, "AuthType": "NONE"},
            },
            "Api": {
                "Type": "AWS::ApiGatewayV2::Api",
                "Properties": {"Name": "api", "ProtocolType": "HTTP"},
            },
            "Integration": {
                "Type": "AWS::ApiGatewayV2::Integration",
                "Properties": {
                    "ApiId": {"Ref": "Api"},
                    "IntegrationType": "AWS_PROXY",
                    "IntegrationUri": function_arn,
                    "PayloadFormatVersion": "2.0",
                },
            },
            "Route": {
                "Type": "AWS::ApiGatewayV2::Route",
                "Properties": {
                    "ApiId": {"Ref": "Api"},
                    "RouteKey": "$default",
                    "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
                },
            },
            "Stage": {
                "Type": "AWS::ApiGatewayV2::Stage",
                "Properties": {
                    "ApiId": {"Ref": "Api"},
                    "StageName": "$default",
                    "AutoDeploy": True,
                },
            },
        },
        "Outputs": {
            "FunctionUrl": {"Value": {"Fn::GetAtt": ["Url", "FunctionUrl"]}},
            "ApiEndpoint": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}},
            "Joined": {"Value": {"Fn::Join": ["", ["https://", *api_host, "/orders"]]}},
            "Substituted": {
                "Value": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
            },
            "OfSomebodyElse": {
                "Value": {"Fn::Sub": "https://abcdef1234.execute-api.${AWS::Region}.amazonaws.com"}
            },
        },
    }


_SUFFIX = {"Ref": "AWS::URLSuffix"}


def test_so_do_the_outputs_of_a_stack(stage: LocalStage, aws: Aws, deploy: Deploy) -> None:
    function = deploy(ECHO)
    arn = f"arn:aws:lambda:{REGION}:000000000000:function:{function.name}"
    stacks, name = aws("cloudformation"), f"addresses-{uuid.uuid4().hex[:8]}"
    stacks.create_stack(StackName=name, TemplateBody=json.dumps(template(arn)))
    stacks.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_S}
    )
    try:
        described = stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described}
        assert get(outputs["FunctionUrl"]) == "/"
        assert get(f"{outputs['ApiEndpoint']}/") == "/"
        assert get(f"{outputs['ApiEndpoint']}/orders") == "/orders"
        assert get(outputs["Joined"]) == "/orders"
        assert get(f"{outputs['Substituted']}/x/y") == "/x/y"
        assert outputs["OfSomebodyElse"] == f"https://abcdef1234.execute-api.{REGION}.amazonaws.com"
        api_id = outputs["ApiEndpoint"].rpartition("/")[2]
        described = aws("apigatewayv2").get_api(ApiId=api_id)
        assert described["ApiEndpoint"] == outputs["ApiEndpoint"]
    finally:
        stacks.delete_stack(StackName=name)


ANSWERING = """
import json, urllib.request

def handler(event, context):
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": "made", "Data": {"Said": "yes"}}
    request = urllib.request.Request(
        event["ResponseURL"], json.dumps(answer).encode(), {"Content-Type": ""}, method="PUT"
    )
    urllib.request.urlopen(request).read()
"""


def test_a_custom_resource_answers_where_it_is_told(aws: Aws, deploy: Deploy) -> None:
    function = deploy(ANSWERING, timeout=10)
    arn = f"arn:aws:lambda:{REGION}:000000000000:function:{function.name}"
    body = {
        "Resources": {"Own": {"Type": "Custom::Own", "Properties": {"ServiceToken": arn}}},
        "Outputs": {"Said": {"Value": {"Fn::GetAtt": ["Own", "Said"]}}},
    }
    stacks, name = aws("cloudformation"), f"custom-{uuid.uuid4().hex[:8]}"
    stacks.create_stack(StackName=name, TemplateBody=json.dumps(body))
    stacks.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_S}
    )
    (output,) = stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert output["OutputValue"] == "yes"
    stacks.delete_stack(StackName=name)
    stacks.get_waiter("stack_delete_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE_S}
    )


def test_an_api_made_by_hand_says_so_too(stage: LocalStage, aws: Aws) -> None:
    made = aws("apigatewayv2").create_api(Name="by-hand", ProtocolType="HTTP")
    assert made["ApiEndpoint"] == f"{stage.endpoint}/_aws/execute-api/{made['ApiId']}"
    aws("apigatewayv2").delete_api(ApiId=made["ApiId"])


def test_code_and_layers_can_be_had_where_it_says_and_by_that_only(
    aws: Aws, deploy: Deploy, layer: str
) -> None:
    function = deploy(ECHO)
    described = aws("lambda").get_function(FunctionName=function.name)
    name, version = layer.rsplit(":", 2)[1:]
    content = aws("lambda").get_layer_version(LayerName=name, VersionNumber=int(version))
    for location, file in (
        (described["Code"]["Location"], "app.py"),
        (content["Content"]["Location"], "python/shared.py"),
    ):
        with urllib.request.urlopen(location, timeout=PATIENCE_S) as answer:  # noqa: S310  the stage's
            assert zipfile.ZipFile(io.BytesIO(answer.read())).namelist() == [file]
        for refused in (location.partition("?")[0], f"{location}0"):
            with pytest.raises(urllib.error.HTTPError) as caught:
                get(refused)
            assert caught.value.code == 403


@pytest.mark.parametrize("version", [None, "s3v4"])
def test_so_can_an_object_by_a_presigned_url(aws: Aws, version: str | None) -> None:
    from botocore.config import Config

    client = aws("s3", Config(signature_version=version))
    bucket = f"objects-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_object(Bucket=bucket, Key="a key/ä+", Body=b"held")
    url = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a key/ä+"})
    assert ("AWSAccessKeyId" in url) == (version is None)
    assert get(url) == "held"
    with pytest.raises(urllib.error.HTTPError):
        get(url.replace("Signature=", "Signature=0"))
