"""Models known from a file of Replicate's model objects."""
