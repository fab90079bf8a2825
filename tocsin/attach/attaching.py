"""What ``attach`` does: look at the functions, ask for the layer, put the lines together."""

from collections.abc import Callable, Iterator
from pathlib import Path

from tocsin.attach.declaration import DeclarationChange, change
from tocsin.attach.offer import LAYER_OUTPUT, Offer
from tocsin.attach.refresh import look
from tocsin.attach.snippets import snippets
from tocsin.attach.view import Attaching
from tocsin.attach.yaml_edit import NotEditable
from tocsin.aws import account as accounts
from tocsin.config import Stage
from tocsin.exceptions import InputError, TocsinError
from tocsin.typed_command import typed


def attaching(root: Path, stage: Stage, *, drill: bool, literal: bool) -> Attaching:
    """What each attached function of ``stage`` needs; nothing is written.

    Raises:
        InputError: the stage attaches to nothing, or a template is none.
    """
    if not stage.attachments:
        raise InputError(
            f"attach: found nothing for the stage {stage.name} in monitoring.yml; accepted: "
            "`attach: [{template: ...}]`, such as .serverless, a SAM template, cdk.out or "
            "`{stack: NAME}`"
        )
    offer = Offer(stage, _layer(root, stage))
    looked = look(root, stage)
    return Attaching(
        offer,
        looked,
        [list(snippets(entry, offer, drill=drill, literal=literal)) for entry in looked],
    )


def changes(found: Attaching, tell: Callable[[str], None]) -> Iterator[DeclarationChange]:
    """The changes of the files that declare the functions; ``tell`` hears of what cannot be."""
    for snippets_of_one in found.snippets:
        for snippet in snippets_of_one:
            if snippet.by_hand and snippet.declaration is not None:
                tell(f"not written: {snippet.by_hand}; put the lines above there yourself")
                continue
            if not snippet.addition and snippet.declaration is not None:
                continue  # something else comes first, as its lines say
            if not found.offer.layer and found.offer.layer_arn in snippet.text:
                deploy = typed(f"deploy --stage {found.offer.stage.name}")
                tell(f"not written: the layer has no ARN yet; `{deploy}` gives it one")
                continue
            try:
                yield change(snippet)
            except NotEditable as error:
                tell(f"not written: {error}; put the lines above there yourself")


def _layer(root: Path, stage: Stage) -> str:
    """The ARN of the layer that is deployed; empty where there is none, or nobody to ask."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        outputs = accounts.outputs(accounts.of(root, stage), stage)
    except (TocsinError, BotoCoreError, ClientError):
        return ""
    return outputs.get(LAYER_OUTPUT, "")
