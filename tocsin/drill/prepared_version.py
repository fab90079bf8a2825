"""A version of a function that cannot be imported, published for one invocation.

Versions are made from $LATEST alone, so its handler is another for the moment that takes;
whatever is called through an alias or an earlier version does not notice. The version is
deleted and the handler put back however the block ends.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from tocsin.aws.account import Account
from tocsin.config import Function


@contextmanager
def that_cannot_start(account: Account, function: Function) -> Iterator[str]:
    """The number of the version, which is there while the block runs."""
    client = account.client("lambda")
    name = function.name
    handler = client.get_function_configuration(FunctionName=name)["Handler"]
    missing = f"drill_missing_{uuid4().hex[:8]}.handler"
    version = None
    try:
        try:
            client.update_function_configuration(FunctionName=name, Handler=missing)
            client.get_waiter("function_updated_v2").wait(FunctionName=name)
            version = client.publish_version(FunctionName=name)["Version"]
        finally:
            client.update_function_configuration(FunctionName=name, Handler=handler)
            client.get_waiter("function_updated_v2").wait(FunctionName=name)
        client.get_waiter("published_version_active").wait(FunctionName=name, Qualifier=version)
        yield version
    finally:
        if version:
            client.delete_function(FunctionName=name, Qualifier=version)
