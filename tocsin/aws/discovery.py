"""Ask the account which functions a prefix or a tag of ``externalFunctions`` gives.

https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html and
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from collections.abc import Mapping
from pathlib import Path

from tocsin import names
from tocsin.aws import account as accounts
from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.config.external_lock import LISTED_FILE, Listed, Selector, write_listed
from tocsin.exceptions import TocsinError

Found = dict[Selector, tuple[Listed, ...]]


def refresh(root: Path, stage: Stage) -> str | None:
    """Write what the lists of ``stage`` give now to external.lock.json; a note on what is used.

    None where the stage has no lists. Where the account cannot be asked, what the file says is
    used and the note says why; load the configuration again afterwards.

    Raises:
        TocsinError: no credentials, or no local stage, and a list was never made.
        botocore's ClientError: the account refuses, and a list was never made.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    if not stage.selectors:
        return None
    try:
        found = listed(accounts.of(root, stage), stage.selectors)
    except (TocsinError, BotoCoreError, ClientError) as error:
        if stage.unlisted:
            raise
        count = len(stage.external_functions)
        return f"external functions: the {count} of {LISTED_FILE}, since the account says: {error}"
    changed = write_listed(root, stage.name, found)
    count = sum(len(functions) for functions in found.values())
    said = "written to" if changed else "as in"
    return f"external functions: {count} listed, {said} {LISTED_FILE}"


def listed(target: Account, selectors: tuple[Selector, ...]) -> Found:
    """What each of ``selectors`` gives, by name."""
    functions = _functions(target)
    found: Found = {}
    for selector in selectors:
        wanted = (
            _tagged(target, selector)
            if selector.tag is not None
            else _beginning(functions, selector)
        )
        # A tag may outlive its function by a while.
        found[selector] = tuple(functions[name] for name in sorted(wanted) if name in functions)
    return found


def _functions(target: Account) -> dict[str, Listed]:
    pages = target.client("lambda").get_paginator("list_functions").paginate()
    return {
        function["FunctionName"]: Listed(
            function["FunctionName"],
            function["Timeout"],
            function.get("LoggingConfig", {}).get("LogGroup")
            or names.log_group(function["FunctionName"]),
        )
        for page in pages
        for function in page["Functions"]
    }


def _beginning(functions: Mapping[str, Listed], selector: Selector) -> set[str]:
    return {name for name in functions if name.startswith(selector.prefix or "")}


def _tagged(target: Account, selector: Selector) -> set[str]:
    pages = (
        target.client("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(
            TagFilters=[{"Key": selector.tag, "Values": [selector.value]}],
            ResourceTypeFilters=["lambda:function"],
        )
    )
    # arn:aws:lambda:<region>:<account>:function:<name>
    return {
        mapping["ResourceARN"].split(":")[6]
        for page in pages
        for mapping in page["ResourceTagMappingList"]
    }
