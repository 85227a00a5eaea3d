"""A request for a run as code."""
