"""A study from what was asked for to what is stored."""
