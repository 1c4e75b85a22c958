"""Classifiers over handcrafted features, and what they share."""
