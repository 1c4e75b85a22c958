"""Sections that only the report of a segmentation study has; evidence → their blocks."""
