"""One file for each way that files are named on disk."""
