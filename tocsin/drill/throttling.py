"""A function turned away by its own concurrency, for as long as the block runs.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tocsin.aws.account import Account
from tocsin.config import Function


@contextmanager
def no_concurrency(account: Account, function: Function) -> Iterator[None]:
    """Reserve 0, so that every call is throttled; the earlier setting is put back."""
    client = account.client("lambda")
    name = function.name
    before: dict[str, Any] = client.get_function_concurrency(FunctionName=name)
    reserved = before.get("ReservedConcurrentExecutions")
    try:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        yield
    finally:
        if reserved is None:
            client.delete_function_concurrency(FunctionName=name)
        else:
            client.put_function_concurrency(
                FunctionName=name, ReservedConcurrentExecutions=reserved
            )


def throttled_calls(account: Account, function: Function, count: int) -> int:
    """Call ``function`` ``count`` times while it has no concurrency; how many were throttled."""
    client = account.client("lambda", invoking=True)
    throttled = 0
    with no_concurrency(account, function):
        for _ in range(count):
            try:
                client.invoke(FunctionName=function.name, Payload=b"{}")
            except client.exceptions.TooManyRequestsException:
                throttled += 1
    return throttled
