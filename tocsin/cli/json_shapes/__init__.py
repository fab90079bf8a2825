"""The shapes of what ``--json`` prints, a module for each group of tasks."""
