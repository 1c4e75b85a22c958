"""How well label maps agree with the truth, and how two methods' means over cases differ."""
