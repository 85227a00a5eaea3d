"""What the server remembers: records, their tables, their files, and their end."""
