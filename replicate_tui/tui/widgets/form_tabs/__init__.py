"""The tabs beside the form, one module each: they take data by attribute and tell by messages what a person did."""
