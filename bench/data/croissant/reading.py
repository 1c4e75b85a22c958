"""`croissant.json` → which table, or which files, list the images and their classes.

Read is what lies in its folder; nothing is downloaded. Of Croissant's ways to say where a value
comes from three are understood: a column of a table, values that stand in the description itself,
and a part of a file's path, by a regular expression.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from bench.protocol.errors import DataError

FILE = "croissant.json"
"""The name of a description."""

_LARGEST = 10**8  # bytes of it
_TABLES = ("text/csv", "application/jsonlines", "application/x-parquet", "application/parquet")
_PATHS = frozenset(
    {"path", "image", "img", "file", "filename", "file_name", "filepath", "file_path", "image_path"}
    | {"img_path", "image_file", "image_name", "fullpath"}
)
_PARTS = frozenset({"split", "splits"})
_MOST_FILES = 5_000_000
_PREFIXES = ("cr:", "sc:", "https://schema.org/", "http://schema.org/",
             "http://mlcommons.org/croissant/")  # fmt: skip

Values = Mapping[str, Any]


@dataclass(frozen=True)
class ListedImages:
    """What a description says of its images.

    Attributes:
        table: the file that lists them, None where `rows` do.
        columns: column of the table → what it is called here.
        rows: where each stands, and its cells, in the order of `columns`.
        named: value of the column of labels → the class's name, where it is given by a number.
        folders: where images may lie that are named without their folder.
    """

    table: Path | None
    columns: Mapping[str, str]
    rows: Sequence[tuple[str, list[str]]] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()


def listed_images(file: Path) -> ListedImages | None:
    """What a description says; None where the images lie inside Parquet files.

    Raises:
        DataError: if it is no description, lists no images with classes in a way that is read
            here, or names files that are not here.
    """
    root = _loaded(file)
    about = _Description(file, root)
    for found in (about.inline(), about.by_table(), about.by_files()):
        if found is not None:
            return found
    if about.has_parquet_images():
        return None
    raise DataError(
        f"{file}: no record set gives images and their classes as columns of a table here, as "
        "values, or by regular expressions on paths. Write a manifest.csv, which goes before it."
    )


def _loaded(file: Path) -> Values:
    try:
        if file.stat().st_size > _LARGEST:
            raise DataError(f"{file}: refused, it has more than {_LARGEST / 1e6:.0f} MB.")
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise DataError(f"{file}: is not valid JSON ({str(error)[:100]}).") from None
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror or error}).") from None
    plain = _plain(found) if isinstance(found, dict) else {}
    if "recordSet" not in plain and "distribution" not in plain:
        raise DataError(f"{file}: is no Croissant description: it has no distribution.")
    return plain


def _plain(value: Any, depth: int = 0) -> Any:
    """The same with keys without their vocabulary, as far as a description goes deep."""
    if isinstance(value, dict) and depth < 12:
        return {_short(str(k)): _plain(v, depth + 1) for k, v in value.items() if k != "@context"}
    if isinstance(value, list):
        return [_plain(one, depth + 1) for one in value]
    return value


def _short(word: str) -> str:
    return next((word[len(p) :] for p in _PREFIXES if word.startswith(p)), word)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _objects(value: Any) -> list[Values]:
    return [one for one in _many(value) if isinstance(one, dict)]


def _id(value: Any) -> str:
    """The name by which an object, or a reference to one, is known."""
    if isinstance(value, dict):
        return str(value.get("@id") or value.get("name") or "")
    return str(value or "")


def _one(value: Any) -> Values:
    return next(iter(_objects(value)), {})


class _Description:
    """A description, with keys without their vocabulary."""

    def __init__(self, file: Path, root: Values) -> None:
        self._file = file
        self._files = {_id(each): each for each in _objects(root.get("distribution"))}
        self._records = _objects(root.get("recordSet"))
        self._fields = {_id(f): f for r in self._records for f in _objects(r.get("field"))}

    def inline(self) -> ListedImages | None:
        """Images that the description lists itself."""
        for record in self._records:
            rows = _objects(record.get("data"))
            names = {name: name.rpartition("/")[2] for row in rows for name in row}
            called = self._roles(record, names)
            if rows and {"path", "label"} <= {*called.values()}:
                where = f"{self._file}, record set {_id(record)!r}"
                cells = [
                    (f"{where}, row {i}", [_text(row.get(name)) for name in called])
                    for i, row in enumerate(rows, 1)
                ]
                return ListedImages(None, called, cells, folders=self._folders())
        return None

    def by_table(self) -> ListedImages | None:
        """Images that a table beside the description lists."""
        found = []
        for record in self._records:
            columns: dict[str, dict[str, str]] = {}
            for each in _objects(record.get("field")):
                source = _one(each.get("source"))
                column = _one(source.get("extract")).get("column")
                if column and not source.get("transform"):
                    place = columns.setdefault(_id(source.get("fileObject")), {})
                    place[str(column)] = str(each.get("name") or _id(each).rpartition("/")[2])
            for name, told in columns.items():
                called = self._roles(record, told)
                if "path" in called.values() and self._is_table(name):
                    found.append((name, called, record))
        found.sort(key=lambda one: "label" not in one[1].values())
        if not found:
            return None
        name, called, record = found[0]
        return ListedImages(
            self._local(name), called, named=self._names(record), folders=self._folders()
        )

    def by_files(self) -> ListedImages | None:
        """Images whose paths tell their classes."""
        for record in self._records:
            rules: dict[str, tuple[str, re.Pattern[str] | None]] = {}
            sets: set[str] = set()
            fields = _objects(record.get("field"))
            told = {_id(f): str(f.get("name") or _id(f).rpartition("/")[2]) for f in fields}
            called = self._roles(record, told)
            for each in fields:
                source = _one(each.get("source"))
                name, what = _id(source.get("fileSet")), _one(source.get("extract"))
                regex = _one(source.get("transform")).get("regex")
                if not name or "fileProperty" not in what:
                    continue
                sets.add(name)
                if regex:
                    role = called[_id(each)]
                    rules[role] = (str(what["fileProperty"]), self._regex(str(regex)))
            if "label" in rules and len(sets) == 1:
                return self._matched(sets.pop(), rules)
        return None

    def has_parquet_images(self) -> bool:
        """Whether images lie inside Parquet files."""
        return any("parquet" in str(told.get("encodingFormat")) for told in self._files.values())

    def _matched(
        self, name: str, rules: Mapping[str, tuple[str, re.Pattern[str] | None]]
    ) -> ListedImages:
        rows = []
        names = ("path", *(role for role in rules if role != "path"))
        for path in self._members(name):
            cells = [path]
            for role in names[1:]:
                what, regex = rules[role]
                text = path if what in ("fullpath", "filepath") else path.rpartition("/")[2]
                match = None if regex is None else regex.search(text[:1000])
                cells.append("" if match is None else match[match.re.groups and 1] or "")
            rows.append((f"{self._file}, image {path}", cells))
        if not rows:
            raise DataError(
                f"{self._file}: no file here is one of the file set {name!r}. If it is in an "
                "archive, unpack that beside the description."
            )
        return ListedImages(None, {role: role for role in names}, rows)

    def _members(self, name: str) -> Iterator[str]:
        root = self._file.parent
        seen: set[str] = set()
        for pattern in _many(self._files.get(name, {}).get("includes")):
            self._refuse_outside(str(pattern))
            for path in sorted(root.glob(str(pattern))):
                shown = path.relative_to(root).as_posix()
                if path.is_file() and shown not in seen and len(seen) < _MOST_FILES:
                    seen.add(shown)
                    yield shown

    def _roles(self, record: Values, names: Mapping[str, str]) -> dict[str, str]:
        """What columns, or fields, are called here: label, split and path where it says so."""
        fields = {str(f.get("name")): f for f in _objects(record.get("field"))}
        by_id = {_id(f): f for f in _objects(record.get("field"))}
        roles = {k: self._role(by_id.get(k) or fields.get(n) or {}, n) for k, n in names.items()}
        once = {role for role in roles.values() if [*roles.values()].count(role) == 1}
        return {key: roles[key] if roles[key] in once else name for key, name in names.items()}

    def _role(self, told: Values, name: str) -> str:
        kinds = {_short(str(kind)) for kind in _many(told.get("dataType"))}
        target = _id(_one(told.get("references")).get("field")) or _id(told.get("references"))
        if "Label" in kinds or name.casefold() == "label":
            return "label"
        if "Split" in kinds or name.casefold() in _PARTS or "Split" in self._kinds_of(target):
            return "split"
        to_files = "fileSet" in _one(self._fields.get(target, {}).get("source"))
        return "path" if to_files or name.casefold() in _PATHS else name

    def _kinds_of(self, target: str) -> set[str]:
        """The types of the record set of a field."""
        for record in self._records:
            if target and any(_id(f) == target for f in _objects(record.get("field"))):
                return {_short(str(kind)) for kind in _many(record.get("dataType"))}
        return set()

    def _names(self, record: Values) -> dict[str, str]:
        """Names of the classes where labels are the numbers of an enumeration."""
        for told in _objects(record.get("field")):
            target = _id(_one(told.get("references")).get("field"))
            owner, _, own = target.rpartition("/")
            if self._role(told, str(told.get("name"))) == "label" and own not in ("", "name"):
                for listed in (r for r in self._records if _id(r) == owner):
                    rows = _objects(listed.get("data"))
                    pairs = [(row.get(target), row.get(f"{owner}/name")) for row in rows]
                    return {_text(k): _text(v) for k, v in pairs if v is not None}
        return {}

    def _is_table(self, name: str) -> bool:
        told = self._files.get(name, {})
        return "includes" not in told and str(told.get("encodingFormat")) in _TABLES

    def _local(self, name: str) -> Path:
        """The file of a `FileObject`, if it lies here and is as it is described."""
        told = self._files[name]
        address = str(told.get("contentUrl") or "")
        if "://" in address or told.get("containedIn"):
            where = address if "://" in address else f"in {_id(told['containedIn'])!r}"
            raise DataError(
                f"{self._file}: {name!r} lies {'at ' if '://' in address else ''}{where[:200]}, "
                "and nothing is downloaded or unpacked here. Put the file beside the description, "
                "and its name into contentUrl."
            )
        self._refuse_outside(address)
        path = self._file.parent / address
        if not address or not path.is_file():
            raise DataError(f"{self._file}: there is no file {address or name!r} beside it.")
        if not path.resolve().is_relative_to(self._file.parent.resolve()):
            raise DataError(f"{self._file}: {address!r} lies outside its folder.")
        digest = str(told.get("sha256") or "").lower()
        if digest and _sha256(path) != digest:
            raise DataError(
                f"{path}: is not the file that {self._file.name} describes, its SHA-256 is another."
                " Describe it anew, or take the file that belongs to it."
            )
        return path

    def _refuse_outside(self, address: str) -> None:
        parts = PurePosixPath(address.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in address or "\0" in address:
            raise DataError(f"{self._file}: {address[:200]!r} leads out of its folder.")

    def _folders(self) -> tuple[str, ...]:
        """The folders in which file sets begin."""
        found = []
        for each in self._files.values():
            for pattern in _many(each.get("includes")):
                before = re.split(r"[*?\[]", str(pattern), maxsplit=1)[0]
                if folder := before.rpartition("/")[0]:
                    self._refuse_outside(folder)
                    found.append(folder)
        return tuple(dict.fromkeys(found))

    def _regex(self, text: str) -> re.Pattern[str]:
        """A regular expression that cannot run for hours."""
        plain = re.sub(r"\\.|\[[^\]]*\]", "x", text)
        endless = re.search(r"\)[*+{]", plain) or len(re.findall(r"[*+]|\{\d*,\d*\}", plain)) > 3
        if len(text) > 200 or endless:
            raise DataError(
                f"{self._file}: the regular expression {text[:80]!r} is refused; at most three "
                "repetitions, none of a group. Write a manifest.csv, which goes before it."
            )
        try:
            return re.compile(text)
        except (re.error, RecursionError) as error:
            raise DataError(f"{self._file}: no regular expression: {text!r} ({error}).") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(value: Any) -> str:
    if value is None or isinstance(value, list | dict):
        return ""
    return str(value).strip()
