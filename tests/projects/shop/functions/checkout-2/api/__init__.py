"""What customers call."""
