"""Stored runs → arrays of labels and scores in one order of cases."""
