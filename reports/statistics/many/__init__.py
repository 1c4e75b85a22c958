"""Procedures on many models or many data sets at once."""
