"""Predictions made anywhere → the same evidence."""
