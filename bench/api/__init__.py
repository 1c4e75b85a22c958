"""The same from Python: what a notebook or a script calls."""
