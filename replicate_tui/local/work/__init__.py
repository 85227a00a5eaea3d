"""What runs models: jobs, the workers that do them, and where those are found."""
