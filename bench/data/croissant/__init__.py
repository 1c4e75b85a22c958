"""Croissant, the metadata format of MLCommons for data sets: written and read."""
