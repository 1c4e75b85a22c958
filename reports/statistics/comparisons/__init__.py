"""Several models, readers and modalities on the same cases."""
