"""Estimators of the class of every pixel, none of them a network."""
