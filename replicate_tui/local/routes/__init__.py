"""The handlers of the HTTP routes, grouped by what they are about."""
