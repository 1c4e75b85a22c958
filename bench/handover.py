"""A data set as memory maps in a folder, so that worker processes share one copy of the pixels."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bench.dataset import Dataset, Provenance, Split


def lay_out(data: Dataset, folder: Path) -> None:
    """Write a data set to a new folder; its known answer stays behind."""
    folder.mkdir(parents=True)
    for name, part in data.parts():
        np.save(folder / f"{name}-images.npy", np.ascontiguousarray(part.images))
        np.save(folder / f"{name}-labels.npy", part.labels)
        np.save(folder / f"{name}-case_ids.npy", part.case_ids)
        if part.groups is not None:
            np.save(folder / f"{name}-groups.npy", part.groups)
    about = {
        "name": data.name,
        "class_names": data.class_names,
        "positive": data.positive,
        "provenance": asdict(data.provenance),
    }
    (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")


def open_laid_out(folder: Path) -> Dataset:
    """The data set in a folder, its pixels as read-only memory maps."""
    about: dict[str, Any] = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    return Dataset(
        name=about["name"],
        class_names=tuple(about["class_names"]),
        train=_part(folder, "train"),
        val=_part(folder, "val"),
        test=_part(folder, "test"),
        provenance=Provenance(**about["provenance"]),
        positive=about["positive"],
    )


def _part(folder: Path, name: str) -> Split:
    groups = folder / f"{name}-groups.npy"
    return Split(
        images=np.load(folder / f"{name}-images.npy", mmap_mode="r"),
        labels=np.load(folder / f"{name}-labels.npy"),
        case_ids=np.load(folder / f"{name}-case_ids.npy"),
        groups=np.load(groups) if groups.exists() else None,
    )
