"""The one place that touches ministack's insides; ``assembly`` puts it together.

Importing the package loads nothing of it: the commands that only talk to a stage ask it for
settings.
"""
