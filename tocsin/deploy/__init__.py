"""How the stacks of a stage get to the account, and back."""
