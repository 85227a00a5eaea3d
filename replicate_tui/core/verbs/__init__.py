"""What can be asked of a Session, by what it is about."""
