"""The memory of bugs: one item for each fingerprint, counted from the error table's stream."""
