"""Settings of all unit tests: no verdict depends on how fast the machine is."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
