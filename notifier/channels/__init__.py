"""One module a channel: what a message looks like there, and how it gets there."""
