"""Whether probabilities are what they say: curves and intervals."""
