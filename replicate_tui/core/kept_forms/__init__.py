"""Forms as they were left or kept by name: drafts and presets."""
