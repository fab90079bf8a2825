"""What the functions share: a router, answers."""
