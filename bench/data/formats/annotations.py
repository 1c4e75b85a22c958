"""Files of outlines and boxes, which are not read, so that a message can say so."""

from collections.abc import Iterator
from pathlib import Path

_START = 4096  # bytes that are looked at
_MOST = 200  # files that are looked at


def annotations_beside(root: Path) -> str:
    """What to do where a folder has outlines or boxes in the place of masks or classes, a sentence
    after a space; "" where none is seen."""
    for file in _files(root):
        kind = _kind(file)
        if kind:
            return (
                f" {file.relative_to(root).as_posix()} holds {kind}, which are not read: draw them "
                "into a PNG for each image (0 for background, 1 for the first class and so on) in "
                "a folder masks beside images, or name one class for each image in a manifest.csv."
            )
    return ""


def _files(root: Path) -> Iterator[Path]:
    """Some files of the folder and of the folders in it and in these."""
    found = 0
    for pattern in ("*", "*/*", "*/*/*"):
        for file in sorted(root.glob(pattern)):
            if file.suffix.lower() in (".json", ".txt", ".xml") and file.is_file():
                found += 1
                yield file
                if found >= _MOST:
                    return


def _kind(file: Path) -> str:
    """What a file holds by its beginning, "" for anything else."""
    try:
        with file.open("rb") as opened:
            start = opened.read(_START)
    except OSError:
        return ""
    suffix = file.suffix.lower()
    if suffix == ".xml":
        return "boxes of Pascal VOC" if b"<bndbox>" in start else ""
    if suffix == ".json":
        if b'"shapes"' in start and b'"points"' in start:
            return "outlines of LabelMe"
        coco = b'"images"' in start or b'"annotations"' in start or b'"categories"' in start
        return "outlines or boxes of COCO" if coco and b'"id"' in start else ""
    return "outlines or boxes of YOLO" if _is_yolo(file, start) else ""


def _is_yolo(file: Path, start: bytes) -> bool:
    """Whether lines are a class and at least four shares of the image, beside or in `labels`."""
    line = start.split(b"\n", 1)[0].split()
    try:
        numbers = [float(each) for each in line]
    except ValueError:
        return False
    if len(numbers) < 5 or not numbers[0].is_integer():
        return False
    in_labels = "labels" in (name.lower() for name in file.parts[:-1])
    named_alike = any(other.stem == file.stem and other != file for other in file.parent.iterdir())
    return all(0 <= each <= 1 for each in numbers[1:]) and (in_labels or named_alike)
