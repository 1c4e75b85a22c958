"""Figures: each module draws one, from evidence to an SVG."""
