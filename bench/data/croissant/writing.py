"""A data set → its description in Croissant 1.0 (mlcommons.org/croissant)."""

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

CASES = "croissant-cases.csv"
"""The table of cases, beside the description."""

VERSION = "http://mlcommons.org/croissant/1.0"
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_PARTS = {"train": "cr:TrainingSplit", "val": "cr:ValidationSplit", "test": "cr:TestSplit"}
_READABLE = ("image/png", "image/jpeg", "image/tiff")  # for programs that read Croissant
_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".dcm": "application/dicom",
    ".bmp": "image/bmp",
    ".webp": "image/webp",
    ".gif": "image/gif",
}
_MEANINGS = {
    "path": "The file, relative to this description.",
    "case": "Name of the image in the archive's order.",
    "label": "The class.",
    "split": "The part: train, val, test, or a further test part from another place.",
    "group": "Salted hash of the patient or lesion; images of one are in one part.",
    "mask": "The file of the lesion's mask.",
    "frame": "Which of several frames, from 1.",
    "axis": "Of a volume the axis that the slice is perpendicular to, from 0.",
    "index": "Of a volume the slice along that axis, from 0.",
    "sha256": "SHA-256 of the file.",
}


@dataclass(frozen=True)
class Described:
    """What is said of a data set.

    Attributes:
        name, description, licence, citation: of it; the last two may be "".
        columns: names of the columns of `rows`, of those in `_MEANINGS`.
        rows: a row per case, in the order of the parts.
        class_names: of the labels, in their order.
        archive: name, address and SHA-256 of the file that holds all images; None where each has a
            file of its own.
    """

    name: str
    description: str
    licence: str
    citation: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    class_names: tuple[str, ...]
    archive: tuple[str, str, str] | None = None


def table_of_cases(told: Described) -> bytes:
    """The table of cases as CSV."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(told.columns)
    table.writerows(told.rows)
    return out.getvalue().encode()


def description(told: Described, table: bytes, file: str = CASES) -> dict[str, Any]:
    """The description as a JSON object.

    Args:
        told: what is said.
        table: its `table_of_cases`.
        file: what that is called.
    """
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": told.name,
        "description": told.description,
        "conformsTo": VERSION,
    }
    if told.licence:
        found["license"] = told.licence
    if told.citation:
        found["citeAs"] = told.citation
    found["distribution"] = _files(told, table, file)
    found["recordSet"] = [_classes(told), _splits(told), _cases(told)]
    if told.archive is None:
        found["recordSet"] += [_images(kind) for kind in _kinds(told) if kind in _READABLE]
    return found


def _files(told: Described, table: bytes, file: str) -> list[dict[str, Any]]:
    digest = hashlib.sha256(table).hexdigest()
    cases = _file_object("cases-table", file, "text/csv", digest, file)
    if told.archive is not None:
        name, address, sha256 = told.archive
        return [cases, _file_object("archive", name, "application/x-npz", sha256, address)]
    sets = [
        {
            "@type": "cr:FileSet",
            "@id": f"images-{kind.partition('/')[2]}",
            "name": f"images-{kind.partition('/')[2]}",
            "description": "Images that the table of cases names, and maybe others.",
            "encodingFormat": kind,
            "includes": [f"**/*{suffix}" for suffix in suffixes],
        }
        for kind, suffixes in _kinds(told).items()
    ]
    return [cases, *sets]


def _kinds(told: Described) -> dict[str, list[str]]:
    """MIME type → suffixes of the images."""
    place = told.columns.index("path")
    found: dict[str, list[str]] = {}
    for suffix in sorted({_suffix(row[place]) for row in told.rows}):
        kind = _TYPES.get(suffix.lower(), "application/octet-stream")
        found.setdefault(kind, []).append(suffix)
    return found


def _file_object(name: str, title: str, kind: str, digest: str, address: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": title,
        "contentUrl": address,
        "encodingFormat": kind,
        "sha256": digest,
    }


def _suffix(path: str) -> str:
    name = path.rpartition("/")[2]
    return name[name.index(".", 1) :] if "." in name[1:] else ""


def _classes(told: Described) -> dict[str, Any]:
    names = [{"classes/name": name} for name in told.class_names]
    return _listed("classes", "sc:Enumeration", names, ["sc:Text"], "name")


def _splits(told: Described) -> dict[str, Any]:
    place = told.columns.index("split")
    parts = list(dict.fromkeys(row[place] for row in told.rows))
    rows = [{"splits/name": part, "splits/url": _PARTS.get(part, "cr:TestSplit")} for part in parts]
    return _listed("splits", "cr:Split", rows, ["sc:Text"], "name", "url")


def _listed(
    name: str, kind: str, rows: list[dict[str, str]], types: list[str], *fields: str
) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "dataType": kind,
        "key": {"@id": f"{name}/name"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{field}",
                "name": field,
                "dataType": types if field == "name" else "sc:URL",
            }
            for field in fields
        ],
        "data": rows,
    }


def _cases(told: Described) -> dict[str, Any]:
    fields = []
    for column in told.columns:
        field: dict[str, Any] = {
            "@type": "cr:Field",
            "@id": f"cases/{column}",
            "name": column,
            "description": _MEANINGS[column],
            "dataType": "sc:Integer" if column in ("frame", "axis", "index") else "sc:Text",
            "source": {"fileObject": {"@id": "cases-table"}, "extract": {"column": column}},
        }
        if column == "label":
            field["dataType"] = ["sc:Text", "cr:Label"]
            field["references"] = {"field": {"@id": "classes/name"}}
        if column == "split":
            field["references"] = {"field": {"@id": "splits/name"}}
        fields.append(field)
    return {
        "@type": "cr:RecordSet",
        "@id": "cases",
        "name": "cases",
        "description": "One image in each row: class, part and patient.",
        "field": fields,
    }


def _images(kind: str) -> dict[str, Any]:
    """The images of a MIME type as records."""
    files = f"images-{kind.partition('/')[2]}"
    name = f"records-of-{files}"

    def field(title: str, type_: str, what: str) -> dict[str, Any]:
        return {
            "@type": "cr:Field",
            "@id": f"{name}/{title}",
            "name": title,
            "dataType": type_,
            "source": {"fileSet": {"@id": files}, "extract": {"fileProperty": what}},
        }

    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": "The images with their paths, by which they belong to the cases.",
        "field": [
            field("path", "sc:Text", "fullpath"),
            field("image", "sc:ImageObject", "content"),
        ],
    }
