"""One method in numbers."""
