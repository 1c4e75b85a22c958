"""What the file of predictions calls the class and the patient of an image.

A patient is a salted hash, as in a run. The salt is made of the content of the first files that are
named: whoever has these knows their patients anyway, and whoever has the predictions alone cannot
try out numbers. The same command gives the same hashes, so that it can be gone on with.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from bench.data import pseudonyms
from bench.data.folders.names.spelling import key_of
from bench.data.formats.images import file_bytes
from bench.deploy.pictures import ONE_FILE, Place
from bench.deploy.prediction_file import Row
from bench.protocol.columns import GROUP
from bench.protocol.errors import DataError

_SALTING = 16  # files
_PATIENT = "patient-"


class Names:
    """Names of one command.

    Args:
        classes: of the bundle.
        places: that are asked about.

    Attributes:
        unknown: label that is no class → of how many images.
        named: whether an image was of somebody.
    """

    def __init__(self, classes: Sequence[str], places: Sequence[Place]) -> None:
        self.unknown: dict[str, int] = {}
        self.named = False
        self._classes = {key_of(name): name for name in classes} | {n: n for n in classes}
        self._given = any(place.case.group for place in places)
        self._salt = _salt(places)

    def label(self, given: str) -> str:
        """The class of the bundle that a manifest means, "" for none."""
        if not given:
            return ""
        found = self._classes.get(given) or self._classes.get(key_of(given), "")
        if not found:
            self.unknown[given] = self.unknown.get(given, 0) + 1
        return found

    def group(self, patient: str) -> str:
        """What is written of a patient, or of a file in the place of one; "" for nobody."""
        self.named = self.named or bool(patient)
        if patient.startswith(ONE_FILE):
            return pseudonyms.case(patient.removeprefix(ONE_FILE), self._salt)
        if not patient or pseudonyms.HASHED.fullmatch(patient):
            return patient
        return pseudonyms.patient(patient, self._salt)

    def settled(self, rows: Callable[[], Iterable[Row]]) -> Iterator[Row]:
        """Rows with what can be said of patients when all files were read.

        Fewer than two that DICOM files name tell nothing, as in anonymised files that all name the
        same. Where patients are known, an image without one is of a patient of its own.

        Args:
            rows: gives all of them anew each time it is called.
        """
        groups = {row[GROUP] for row in rows()}
        named = {group for group in groups if group.startswith(_PATIENT)}
        empty = set() if self._given or len(named) > 1 else named
        alone = bool(named - empty)
        for row in rows():
            group = "" if row[GROUP] in empty else row[GROUP]
            if alone and not group:
                group = pseudonyms.case(row["case"], self._salt)
            yield row | {GROUP: group}


def _salt(places: Sequence[Place]) -> bytes:
    told = hashlib.blake2b()
    readable = (place for place in places if not place.problem)
    for place in islice(readable, _SALTING):
        try:
            told.update(hashlib.blake2b(file_bytes(place.root / place.case.path)).digest())
        except DataError:  # is said when it is read
            continue
    return told.digest()
