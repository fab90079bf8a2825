"""``python -m tocsin`` is the command ``tocsin``."""

from tocsin.cli.command import main

main()
