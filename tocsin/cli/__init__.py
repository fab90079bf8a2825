"""The command line: options, terminal, and the program that Invoke runs."""
