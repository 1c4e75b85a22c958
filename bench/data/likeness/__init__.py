"""Which images are alike: copies, what stays together, patients that the images suggest."""
