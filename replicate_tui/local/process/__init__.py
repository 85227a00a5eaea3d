"""The server's process: how it listens, is found, is needed, and ends."""
