"""Is it still as it was? New images against those that a bundle remembers."""
