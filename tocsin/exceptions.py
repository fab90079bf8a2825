"""The project's own errors: everything a user can do wrong ends as one of these.

A task (``tocsin/cli/task.py``) turns a :class:`TocsinError` into its message on stderr and its
``exit_code``; anything else is a bug and keeps its traceback.
"""


class TocsinError(Exception):
    """Something failed in a way the message explains; exit code 1."""

    exit_code = 1


class InputError(TocsinError):
    """What the user gave is wrong: the message says what, where, and what is accepted."""

    exit_code = 2
