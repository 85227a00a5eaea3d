"""replicate-tui: Replicate in the terminal, with a screen and without."""

__version__ = "0.1.0"
