"""Where things lie in a results folder.

    results/
      study.json                                      every study run here, its hash, when
      datasets/<dataset>.json                         the data set's card
               <dataset>.thumbnails.parquet           small pictures of test images, if any
               <dataset>/metadata.parquet             what is known of the predicted cases, if any
               <dataset>/targets.parquet              of segmentation: what is true, case by case
      runs/<dataset>/<method>/<trial key>/run.json    what was run and what came of it
                                          predictions.parquet
                                          activations.parquet   where a network looks, if known
                                          corrupted.parquet     of corrupted test images, if any
                                          label_maps.parquet    of segmentation, for predictions
      searches/<dataset>/<method>/<trial key>/*.json  what came of the configurations of a search
                                                      that goes on, or was cut off
      damaged/                                        what was set aside, at the same places
      report/                                         made from all of it
      masks/                                          the segmentation study of `--masks`, alike
      trackers/                                       what `--tracker` wrote here
      .report.json                                    of what it was made, and its answer

Names of data sets and methods are percent-encoded where a file system would not take them.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.protocol.record import Trial
from bench.results.durable import TEMPORARY

OLD = f"{TEMPORARY}old-"
"""Beginning of the name of a run's folder while its successor comes to its place."""

OURS = {
    "study.json",
    "datasets",
    "runs",
    "searches",
    "report",
    "damaged",
    "masks",
    "trackers",
    ".running",
    ".slurm",
    ".report.json",
}
"""What is in a results folder at most, beside what is being written."""


@dataclass(frozen=True)
class Layout:
    """The places of one results folder.

    Attributes:
        root: the folder.
    """

    root: Path

    @property
    def study_file(self) -> Path:
        """All studies."""
        return self.root / "study.json"

    @property
    def report_folder(self) -> Path:
        """The report."""
        return self.root / "report"

    @property
    def report_note(self) -> Path:
        """What the report was made of."""
        return self.root / ".report.json"

    @property
    def masks_folder(self) -> Path:
        """The results of the segmentation study that masks come from."""
        return self.root / "masks"

    def card_file(self, dataset: str) -> Path:
        """The card of a data set."""
        return self.root / "datasets" / f"{_encode(dataset)}.json"

    def card_files(self) -> list[Path]:
        """Those that exist."""
        return sorted(p for p in (self.root / "datasets").glob("*.json") if p.is_file())

    def thumbnails_file(self, dataset: str) -> Path:
        """The pictures of a data set."""
        return self.card_file(dataset).with_suffix(".thumbnails.parquet")

    def metadata_file(self, dataset: str) -> Path:
        """What is known of the cases of a data set."""
        return self.root / "datasets" / _encode(dataset) / "metadata.parquet"

    def targets_file(self, dataset: str) -> Path:
        """The true label maps of a data set."""
        return self.root / "datasets" / _encode(dataset) / "targets.parquet"

    def tables_of(self, dataset: str) -> dict[str, Path]:
        """What may lie beside the card of a data set, each with its checksum in there."""
        return {
            "thumbnails": self.thumbnails_file(dataset),
            "metadata": self.metadata_file(dataset),
            "targets": self.targets_file(dataset),
        }

    def run_folder(self, trial: Trial) -> Path:
        """The run of a trial."""
        return self.root / "runs" / _encode(trial.dataset) / _encode(trial.method) / trial.key

    def search_folder(self, trial: Trial) -> Path:
        """What came of the configurations of a trial that are tried at the moment."""
        return self.root / "searches" / _encode(trial.dataset) / _encode(trial.method) / trial.key

    def search_files(self) -> list[Path]:
        """Those of all trials that exist."""
        return sorted((self.root / "searches").glob("*/*/*/*.json"))

    def run_folders(self) -> list[Path]:
        """Those that exist."""
        found = sorted((self.root / "runs").glob("*/*/*"))
        return [p for p in found if p.is_dir() and not p.name.startswith(TEMPORARY)]

    def set_aside(self, path: Path) -> Path:
        """A place under damaged/ for what lies at `path`, one that is free."""
        target = self.root / "damaged" / path.relative_to(self.root)
        number = 1
        while target.exists():
            number += 1
            target = target.with_name(f"{path.name}-{number}")
        return target


def _encode(name: str) -> str:
    """A file name: letters, digits, - and _ stay, all else is percent-encoded."""
    encoded = quote(name, safe=" +@,=")
    return encoded.replace(".", "%2E") if set(name) <= {"."} else encoded
