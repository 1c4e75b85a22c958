"""What a method decides at a threshold, and what that is worth to a reader."""
