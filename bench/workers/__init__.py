"""Watched worker processes and the order of trials."""
