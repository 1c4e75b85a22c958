"""The deep side: any timm architecture as a scikit-learn classifier or transformer of images.

Images are `(n, h, w, c)` uint8 with c = 1 gray, 2 gray + mask, 3 RGB, 4 RGB + mask.
"""
