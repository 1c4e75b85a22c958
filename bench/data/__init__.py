"""Data sets: images, labels and patients, their splits, near-duplicates and cards."""
