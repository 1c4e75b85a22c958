"""Feature families, one module each, as scikit-learn transformers."""
