"""Two methods, or two sides, on the same cases."""
