"""One signed PutItem over the standard library: cheap to load, bounded in time at every step.

Why no SDK: docs/decisions/no-sdk-write.md. ``client.Client`` is what others use; the modules
below it are ``endpoint`` (where), ``credentials`` (as whom), ``signature`` (Signature Version 4),
``connection`` (bytes over TCP and TLS), ``answer`` (what DynamoDB said).
"""
