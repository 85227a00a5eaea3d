"""The time that runs took, and what they cost."""
