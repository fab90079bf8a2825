"""One module a kind of alarm; its ``KIND`` is registered by being here (CONTRIBUTING.md)."""
