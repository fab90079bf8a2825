"""Which stages are local: ``local``, and those whose name begins with ``local-``."""

LOCAL = "local"


def is_local(stage: str) -> bool:
    """Whether a stage of this name lives on this machine and not on AWS."""
    return stage == LOCAL or stage.startswith(f"{LOCAL}-")
