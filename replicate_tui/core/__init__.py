"""What the program does: no screen, no printing."""
