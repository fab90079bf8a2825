"""The command line: its options, its tasks, and the program that Invoke runs."""

import gc

# Most of what a command makes are its modules, which stay until it ends: to look for garbage among
# them at every 700th object, as Python does, takes a tenth of its time.
gc.set_threshold(200_000)
