"""A folder of images → its cases, by a manifest or by sub-folders."""
