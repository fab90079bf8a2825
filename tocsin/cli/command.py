"""The command ``tocsin``: every task, in the project that somebody stands in.

It reads no tasks.py, so that it works in a folder that is anybody's; ``invoke`` and ``./inv`` do.
"""

from tocsin.cli import interruption


def main() -> None:
    """Run what is on the command line."""
    interruption.ends_at_once()
    # What takes long to import comes after that.
    from tocsin.cli.program import Program
    from tocsin.cli.tasks import namespace

    Program(name="tocsin", binary="tocsin", binary_names=["tocsin"], namespace=namespace()).run()
