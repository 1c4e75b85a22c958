"""timm architectures for small images: planning, stems, weights."""
