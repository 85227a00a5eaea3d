"""What is known of runs, and the file that keeps it."""
