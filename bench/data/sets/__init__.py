"""Where data sets come from: a folder of images, MedMNIST's files, what lies on this machine.

Every source returns a checked `bench.data.dataset.Dataset`. `bench.data.sets.local` finds by name
what is on this machine.
"""
