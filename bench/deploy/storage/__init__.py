"""A bundle as bytes: the archive, its signature, and fitted estimators without pickle."""
