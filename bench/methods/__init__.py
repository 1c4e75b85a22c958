"""Methods: plugins found, set, tuned, explained, and held to their contract."""
