"""The results folder: layout, files that are complete, the lock, recovery."""
