"""What is said of single pixels and of regions of them."""
