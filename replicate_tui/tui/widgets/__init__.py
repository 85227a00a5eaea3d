"""Widgets: data in by attribute, messages out."""
