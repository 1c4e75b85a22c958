"""The handcrafted side: feature families as scikit-learn transformers, and classifiers over them.

Every family maps images ``(n, h, w, c) uint8`` to features ``(n, d) float64`` and names its columns
in the field's terms. The number of features depends on the number of channels, never on the size of
the images.
"""
