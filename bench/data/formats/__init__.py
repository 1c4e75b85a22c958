"""Image files of every format → pixels."""
