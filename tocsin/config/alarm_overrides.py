"""Alarm settings as monitoring.yml has them at one level: a key for each kind, all optional."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import create_model

from tocsin.alarms import API_KINDS, KINDS, AlarmSettings
from tocsin.strict_model import StrictModel


def _partial(kind: type[AlarmSettings]) -> Any:
    """The same keys as ``kind``, every one optional: one level's override.

    Without validators across fields: those run on the resolved alarm, since
    two levels may each hold one half of a pair.
    """
    fields: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        constrained: Any = field.annotation
        for constraint in field.metadata:
            constrained = Annotated[constrained, constraint]
        fields[name] = (constrained | None, None)
    return create_model(f"{kind.__name__}Override", __base__=StrictModel, **fields)


class AlarmsAtOneLevel(StrictModel):
    """What is for all kinds; ``enabled: false`` turns all alarms of that level off."""

    enabled: bool | None = None


if TYPE_CHECKING:
    Alarms = AlarmsAtOneLevel
    StageAlarms = AlarmsAtOneLevel
else:
    Alarms = create_model(
        "Alarms",
        __base__=AlarmsAtOneLevel,
        __doc__="Alarm settings at one level: a key for each kind of the registry.",
        **{kind.field: (_partial(kind.settings) | None, None) for kind in KINDS.values()},
    )
    StageAlarms = create_model(
        "StageAlarms",
        __base__=Alarms,
        __doc__="The same where it holds for more than one function: also kinds that are of none.",
        **{
            kind.replace("-", "_"): (_partial(settings) | None, None)
            for kind, settings in API_KINDS.items()
        },
    )
