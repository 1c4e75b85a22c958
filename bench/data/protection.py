"""What of a file may tell who the patient is: text in the picture, or tags."""

from pathlib import Path

from bench.data.formats.dicom import protected_tags
from bench.data.formats.kinds import START, kind_of
from bench.data.formats.picture import Picture


def remarks_on(data: bytes, picture: Picture) -> tuple[str, ...]:
    """What has to be said of one file."""
    if picture.format != "dicom" or kind_of(Path("a.dcm"), data[:START]) != "dicom":
        return ()
    return protected_tags(data)
