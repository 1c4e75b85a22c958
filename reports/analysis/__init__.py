"""From arrays to evidence."""
