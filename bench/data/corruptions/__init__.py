"""Images as a worse device, a hurried operator or a careless export would have made them.

    names(modality, channels)              which corruptions there are
    corrupt(images, kind, severity, seed)  the images, spoilt

The list, and most levels, are those of MedMNIST-C (Di Salvo, Doerrich & Ledig 2024, "MedMNIST-C:
Comprehensive benchmark and improved classifier robustness by simulating realistic image
corruptions"), which follows Hendrycks & Dietterich (2019, ICLR, "Benchmarking neural network
robustness to common corruptions and perturbations"); bias field, ringing, ghosting and motion
artefact of MRI, and the speckle of ultrasound, are added. `docs/data.md` lists the levels.

Four rules hold for all of them. A severity means the same at every size: lengths are shares of the
shorter side, given in pixels of a side of 224, and levels of noise are those of a pixel. What is
random is drawn for each image from its own pixels and the seed, so that neither its place nor its
company matters, and a higher severity keeps the draws of a lower one. Nothing moves: no corruption
shifts what an image shows, so a lesion mask still lies where it did and is left as it is. The mean
distance from the original grows with the severity.
"""

from bench.data.corruptions.kinds import MODALITIES, SEVERITIES, corrupt, names

__all__ = ["MODALITIES", "SEVERITIES", "corrupt", "names"]
