"""Replicate's HTTP API, and nothing else."""
