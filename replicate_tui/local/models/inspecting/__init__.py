"""The inspector's craft: what there is to know about a file of each kind, and a preview of it."""
