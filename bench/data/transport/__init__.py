"""Test cases from other places: external parts, and values of a column that are left out."""
