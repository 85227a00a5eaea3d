"""Finished runs' files are kept before Replicate deletes them."""
