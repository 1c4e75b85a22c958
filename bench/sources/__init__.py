"""Where data sets come from: generated phantoms, MedMNIST files, folders of images.

Every source returns a checked `bench.data.dataset.Dataset`. `bench.sources.local` finds by name
what is on this machine.
"""
