"""Blocks → HTML and PDF, evidence → JSON."""
