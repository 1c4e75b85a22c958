"""Trials told to experiment trackers as they end."""
