"""CloudWatch's alarm semantics, pure: no AWS call, no clock, no disk."""
