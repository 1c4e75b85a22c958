"""Drawings of Dice over test cases."""
