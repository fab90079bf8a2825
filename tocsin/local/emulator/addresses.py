"""Where functions, APIs and code answer: on the stage, and not on a host of AWS.

ministack gives a Function URL AWS's own host, and templates put those of APIs together from
``AWS::Region`` and ``AWS::URLSuffix``. On AWS somebody else answers there, or nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway, apigateway_v1, lambda_svc
from ministack.services.cloudformation import engine, provisioners, stacks

from tocsin.local.root_key import RootKey

_ELSEWHERE = re.compile(
    r"(?P<scheme>http|ws)s?://(?P<id>[a-z0-9]{1,64})\.(?P<kind>lambda-url|execute-api)\."
    r"[a-z0-9.:-]{1,100}(?P<rest>/.*)?",
    re.DOTALL,
)
_HERE = re.compile(r"/_aws/lambda-url/([a-z0-9]+)/")
_API = "AWS::ApiGatewayV2::Api"
_CODE_IS_GOOD_FOR = 600
"""Seconds; AWS's are good for ten minutes:
https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html"""


class Addresses:
    """Rewrites what ministack hands out; ``endpoint`` is the stage's URL."""

    def __init__(self, endpoint: str, root: RootKey) -> None:
        self._endpoint = endpoint
        self._root = root

    def install(self) -> None:
        """Swap what hands out addresses."""
        lambda_svc._function_url_id = _function_url_id
        lambda_svc._create_function_url_config = self._with_url_here(
            lambda_svc._create_function_url_config
        )
        apigateway._create_api = self._with_endpoint_here(apigateway._create_api)
        handler = provisioners._RESOURCE_HANDLERS[_API]
        handler["create"] = self._provisioned_here(handler["create"])
        resolve = self._resolving_here(engine._resolve_refs)
        engine._resolve_refs = resolve
        stacks._resolve_refs = resolve
        lambda_svc._presigned_code_url = self._code
        lambda_svc._layer_content_url = self._layer

    def here(self, text: str) -> str:
        """``text``, or where on the stage that answers, if it is the address of something on it."""
        found = _ELSEWHERE.fullmatch(text)
        if found is None or not _exists(found["kind"], found["id"]):
            return text
        host = self._endpoint.partition("://")[2]
        rest = found["rest"] or ("/" if found["kind"] == "lambda-url" else "")
        return f"{found['scheme']}://{host}/_aws/{found['kind']}/{found['id']}{rest}"

    def _with_url_here(self, create: Callable[..., Any]) -> Callable[..., Any]:
        def created(func_name: str, data: dict[str, Any], qualifier: str | None) -> Any:
            status, headers, body = create(func_name, data, qualifier)
            if status != 201:
                return status, headers, body
            key = lambda_svc._url_config_key(func_name, qualifier)
            held = lambda_svc._function_urls[key]
            held["FunctionUrl"] = self.here(held["FunctionUrl"])
            return status, headers, json.dumps(held).encode()

        return created

    def _with_endpoint_here(self, create: Callable[..., Any]) -> Callable[..., Any]:
        def created(data: dict[str, Any]) -> Any:
            status, headers, body = create(data)
            if status != 201:
                return status, headers, body
            held = apigateway._apis[json.loads(body)["apiId"]]
            held["apiEndpoint"] = self.here(held["apiEndpoint"])
            return status, headers, json.dumps(held).encode()

        return created

    def _provisioned_here(self, create: Callable[..., Any]) -> Callable[..., Any]:
        def created(*arguments: Any) -> Any:
            api_id, attributes = create(*arguments)
            held = apigateway._apis[api_id]
            held["apiEndpoint"] = self.here(held["apiEndpoint"])
            return api_id, {**attributes, "ApiEndpoint": held["apiEndpoint"]}

        return created

    def _resolving_here(self, resolve: Callable[..., Any]) -> Callable[..., Any]:
        def resolved(value: Any, *arguments: Any) -> Any:
            found = resolve(value, *arguments)
            made = isinstance(value, dict) and isinstance(found, str)
            return self.here(found) if made else found

        return resolved

    def _code(self, func_name: str) -> str:
        return self._presigned("lambda-code", func_name)

    def _layer(self, layer_name: str, version: int) -> str:
        return self._presigned("lambda-layers", layer_name, str(version), "content")

    def _presigned(self, *parts: str) -> str:
        folder, *rest = parts
        path = "/".join(quote(part, safe="") for part in (get_account_id(), get_region(), *rest))
        request = AWSRequest("GET", f"{self._endpoint}/_ministack/{folder}/{path}")
        key = Credentials(self._root.access_key_id, self._root.secret_access_key)
        S3SigV4QueryAuth(key, "s3", get_region(), expires=_CODE_IS_GOOD_FOR).add_auth(request)
        return str(request.url)


def _exists(kind: str, name: str) -> bool:
    if kind == "lambda-url":
        return lambda_svc.resolve_function_url(name) is not None
    services = (apigateway, apigateway_v1)
    return any(service.find_api_scope(name) is not None for service in services)


def _function_url_id(function_url: str) -> str:
    """The id of a stored URL, in either form."""
    found = _HERE.search(function_url)
    return found[1] if found else function_url.split("://", 1)[-1].split(".", 1)[0]
