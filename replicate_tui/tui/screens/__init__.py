"""Screens, one for each mode."""
