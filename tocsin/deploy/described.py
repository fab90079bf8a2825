"""The stacks of an account and region, and which of them are a stage's own."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tocsin.aws.account import Account
from tocsin.config import Stage
from tocsin.exceptions import InputError
from tocsin.stacks.stack import SUMMARY

Outputs = Mapping[str, str]

# What every stack of a stage says of itself: serverless.yml.j2, resources/outputs.yml.j2.
SERVICE_TAG = "service"
SUFFIX_OUTPUT = "EnvironmentSuffix"

# A change set of a new stack that nobody executed: the stack holds nothing, and says nothing.
EMPTY = "REVIEW_IN_PROGRESS"


class OthersStack(InputError):
    """A stack has a name of this stage and belongs to something else."""


@dataclass(frozen=True)
class DescribedStack:
    """A stack as CloudFormation describes it, with its outputs and tags by key.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html
    """

    name: str
    status: str
    outputs: Outputs
    tags: Mapping[str, str]

    def is_of(self, stage: Stage) -> bool:
        """Whether it is the stage's, going by what it says beside its name."""
        service, suffix = self.tags.get(SERVICE_TAG), self.outputs.get(SUFFIX_OUTPUT)
        if service is None and suffix is None:
            return self.status == EMPTY
        # A first deploy that failed leaves a stack without outputs.
        return service in (None, stage.service) and suffix in (None, stage.suffix)

    @property
    def owner(self) -> str:
        """Whose it is, in words."""
        told = {"service": self.tags.get(SERVICE_TAG), "suffix": self.outputs.get(SUFFIX_OUTPUT)}
        words = [f"{key} {value}" for key, value in told.items() if value is not None]
        return ", ".join(words) or "something that is no stage of Tocsin"


def described_stacks(target: Account) -> list[DescribedStack]:
    """Every stack that is there in this account and region."""
    pages = target.client("cloudformation").get_paginator("describe_stacks").paginate()
    return [
        DescribedStack(
            stack["StackName"],
            stack["StackStatus"],
            {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs") or []},
            {tag["Key"]: tag["Value"] for tag in stack.get("Tags") or []},
        )
        for page in pages
        for stack in page["Stacks"]
        if stack["StackStatus"] != "DELETE_COMPLETE"
    ]


def own_stacks(stage: Stage, stacks: Iterable[DescribedStack]) -> dict[str, DescribedStack]:
    """Those of ``stage`` by their part (``Stack.part``); also one that the stage has no more.

    Raises:
        OthersStack: one of them is so called, and another's: service ``shop-web`` on ``dev``
            and service ``shop`` on ``web-dev`` are both ``shop-web-dev``.
    """
    service, suffix = re.escape(stage.service), re.escape(stage.suffix)
    pattern = re.compile(rf"{service}(?:-(\d+|{SUMMARY}))?-{suffix}")
    found: dict[str, DescribedStack] = {}
    for stack in stacks:
        match = pattern.fullmatch(stack.name)
        if not match:
            continue
        if not stack.is_of(stage):
            raise OthersStack(
                f"stack {stack.name}: found that of {stack.owner}; nothing was changed; accepted: "
                f"another service, or another environmentSuffix for stage {stage.name}, in "
                "monitoring.yml"
            )
        found[match[1] or ""] = stack
    return found
