"""A release of the product itself, from a checkout: version, changelog, wheels that were tried."""

from tocsin.release.release import Release, ReleaseError, release

__all__ = ["Release", "ReleaseError", "release"]
