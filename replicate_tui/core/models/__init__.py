"""The models there are, and what a reference comes to."""
