"""Where data sets come from: a folder, MedMNIST, this machine."""
