"""What is shown is kept true."""
