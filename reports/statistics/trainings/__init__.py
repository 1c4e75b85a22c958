"""How much another training would have changed."""
