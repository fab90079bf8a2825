"""The calls of AWS that a function's code makes, and whether its role grants them."""
