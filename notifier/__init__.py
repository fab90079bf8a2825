"""Between the alarms and people, a function of the stack: what it sends explains itself."""
