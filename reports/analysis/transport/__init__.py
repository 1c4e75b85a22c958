"""Does the difference between the sides travel: other places, subgroups, spoilt images."""
