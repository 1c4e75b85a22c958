"""Evidence → a list of blocks."""
