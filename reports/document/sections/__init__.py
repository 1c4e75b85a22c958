"""Sections of the report: each module turns evidence into the blocks of one of them."""
