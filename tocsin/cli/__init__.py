"""The command line: its options, its tasks, and the program that Invoke runs."""
