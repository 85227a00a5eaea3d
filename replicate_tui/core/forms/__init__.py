"""A model's schema made into fields, and what is typed into them made into the input of a run."""
