"""The same as workers, on a Dask cluster."""
