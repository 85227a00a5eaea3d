"""A Replicate on this machine: the same HTTP API, small real models, no account."""
