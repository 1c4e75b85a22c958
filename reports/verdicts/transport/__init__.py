"""What is concluded of the question whether the difference travels, and how it is told."""
