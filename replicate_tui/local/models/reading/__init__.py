"""Reads what users hand in: texts in any encoding, zip files, pictures. Nothing in a file is trusted."""
