"""What was decoded or found out once, kept for the next start."""
