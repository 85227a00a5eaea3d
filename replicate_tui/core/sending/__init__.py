"""The way of a run from here to Replicate: once, in its turn, within the limits."""
