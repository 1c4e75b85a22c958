"""Measures other than the AUC."""
