"""The headless face: standard output is data, standard error is narration."""

PROGRAM = "replicate-tui"
"""What the program is called."""
