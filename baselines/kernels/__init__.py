"""Numba kernels that families use."""
