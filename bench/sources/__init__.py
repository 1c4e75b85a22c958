"""Where data sets come from: generated phantoms, MedMNIST files, folders of images.

Every source returns a checked `bench.data.dataset.Dataset`. `bench.data.sets.local` finds by name
what is on this machine.
"""
