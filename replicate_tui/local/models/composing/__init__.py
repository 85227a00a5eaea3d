"""The composer's craft: what is played, and how it sounds."""
