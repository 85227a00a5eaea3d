"""The headless face: standard output is data, standard error is narration."""
