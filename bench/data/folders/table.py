"""The rows of a manifest, with the line in which each begins."""

import codecs
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.data.folders.columns import Columns, Rows, columns_of
from bench.data.folders.one_hot import named_columns, with_one_label
from bench.protocol.errors import DataError, reason


def read_table(
    file: Path, given: Mapping[str, str], needed: Sequence[str] = ("path", "label")
) -> tuple[Columns, Rows]:
    """The columns of a manifest, and its rows that are not empty; their cells are stripped.

    Args:
        file: CSV (separated by commas or semicolons, or as Excel's first line `sep=` says, UTF-8
            or UTF-16 with a byte order mark) or Parquet.
        given: our names of columns → theirs; of the label several, separated by commas, where each
            class has a column of 0 and 1.
        needed: our names of those that have to be there.

    Raises:
        DataError: if it is not well-formed; names the line. Rows may raise it, too.
    """
    read = _csv if file.suffix.lower() == ".csv" else _parquet
    classes = named_columns(given)
    if classes and given["label"].strip() not in raw_table(file)[0]:
        others = {ours: theirs for ours, theirs in given.items() if ours != "label"}
        columns, rows = read(file, others, [ours for ours in needed if ours != "label"])
        return with_one_label(file, classes, columns, rows)
    return read(file, given, needed)


def raw_table(file: Path) -> tuple[list[str], Rows]:
    """Names of the columns as they are in the file, whatever they mean, and its rows.

    Of Parquet the columns of texts, numbers, truth values and times.

    Raises:
        DataError: if it is not well-formed; names the line. Rows may raise it, too.
    """
    if file.suffix.lower() == ".csv":
        names, records, delimiter = _opened_csv(file, {}, ("path",))
        return names, _of_one_length(records, len(names), delimiter)
    from pyarrow import parquet

    with _Understood(file):
        opened = parquet.ParquetFile(file)
        schema = opened.schema_arrow
        kept = [i for i, name in enumerate(schema.names) if _can_be_kept(schema.field(i).type)]
    names = [schema.names[i] for i in kept]
    return names, _cells_of_parquet(file, opened, names, range(len(names)))


def _csv(file: Path, given: Mapping[str, str], needed: Sequence[str]) -> tuple[Columns, Rows]:
    names, records, delimiter = _opened_csv(file, given, needed)
    columns = columns_of(file, names, given, needed)
    columns = replace(columns, decimal_comma=delimiter == ";")
    return columns, _of_one_length(records, len(names), delimiter)


def _opened_csv(
    file: Path, given: Mapping[str, str], needed: Sequence[str]
) -> tuple[list[str], Rows, str]:
    """Names of the columns, the other rows, and what separates their cells."""
    text, skipped = _text(file), 0
    while text.startswith("# "):  # comments above the header
        text, skipped = text.partition("\n")[2], skipped + 1
    first = text.partition("\n")[0]
    if first.lower().startswith("sep=") and len(first.strip("\r")) == 5:
        delimiter, skipped = first[4], skipped + 1
        text = text.partition("\n")[2]
    else:
        delimiter = _delimiter(file, first, given, needed)
    records = _records(file, text, delimiter, skipped)
    _, names = next(records, ("", []))
    return [name.strip() for name in names], records, delimiter


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror or error}).") from None
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        if wide:
            return data.decode("utf-16")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError(
            f"{file}, line {line}: cannot be read as UTF-8 text. Save it as UTF-8; in Excel that "
            "is 'CSV UTF-8', elsewhere: iconv -f latin1 -t utf-8."
        ) from None
    if text[:400].count("\0") > len(text[:400]) // 3:
        raise DataError(f"{file}: cannot be read as UTF-8 text, it is UTF-16. Save it as UTF-8.")
    return text


def _delimiter(file: Path, first: str, given: Mapping[str, str], needed: Sequence[str]) -> str:
    """The first of comma and semicolon by which the columns are found."""
    if ";" not in first or "," not in first:
        return ";" if ";" in first else ","
    for delimiter in ",;":
        try:
            columns_of(file, next(csv.reader([first], delimiter=delimiter), []), given, needed)
        except (DataError, csv.Error):
            continue
        return delimiter
    return ","


def _records(file: Path, text: str, delimiter: str, skipped: int) -> Rows:
    """Every row that is not empty, where it begins.

    Raises:
        DataError: if a quote is not closed, or swallows rows.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    width = 0
    while True:
        start = reader.line_num + 1
        lines.taken.clear()
        try:
            row = next(reader, None)
        except csv.Error as error:
            end = reader.line_num + skipped
            raise DataError(
                f"{file}, line {start + skipped}: not valid CSV: a quote that opens here is not "
                f"closed as it should be by line {end} ({error}). Close it, or write it twice."
            ) from None
        if row is None:
            return
        header = not lines.rows
        lines.rows += 1
        width = len(row) if header else width
        if len(lines.taken) > 1 and _swallows(lines.taken, delimiter, width):
            raise DataError(
                f"{file}, line {start + skipped}: a quote that opens here closes in line "
                f"{reader.line_num + skipped}, and what lies between looks like rows. Close it, or "
                "write it twice."
            )
        if header or any(cell.strip() for cell in row):
            yield f"{file}, line {start + skipped}", [cell.strip() for cell in row]


class _Lines:
    """Lines of a text, which remembers those that were taken for a row, and how many rows."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.taken: list[str] = []
        self.rows = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        return line


def _swallows(lines: list[str], delimiter: str, width: int) -> bool:
    """Whether lines that are one row, since a quote spans them, look like several."""
    full = [line.count(delimiter) >= width - 1 for line in lines]
    return width > 1 and (all(full) or any(full[1:-1]))


def _of_one_length(records: Rows, width: int, delimiter: str) -> Rows:
    for where, row in records:
        if len(row) != width:
            raise DataError(
                f"{where}: has {len(row)} cells, the header has {width}. Put a cell that holds "
                f"{delimiter!r} into quotes, or complete the row."
            )
        yield where, row


def _parquet(file: Path, given: Mapping[str, str], needed: Sequence[str]) -> tuple[Columns, Rows]:
    """The same of a Parquet table; its numbers are taken as text, 12.0 as 12."""
    from pyarrow import parquet

    with _Understood(file):
        opened = parquet.ParquetFile(file)
        names = list(opened.schema_arrow.names)
        columns = columns_of(file, names, given, needed)
        for ours, place in columns.places.items():
            kind = opened.schema_arrow.field(place).type
            if not _is_plain(kind):
                raise DataError(
                    f"{file}: the column {names[place]!r} holds {str(kind)[:60]}; {ours} has to be "
                    "text or a number."
                )
        kinds = [opened.schema_arrow.field(place).type for place in range(len(names))]
        columns = replace(
            columns,
            further=tuple((i, name) for i, name in columns.further if _can_be_kept(kinds[i])),
        )
    return columns, _parquet_rows(file, opened, names, columns)


def _is_plain(kind: Any) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    tests = (types.is_string, types.is_large_string, types.is_integer, types.is_floating)
    return any(test(kind) for test in (*tests, types.is_boolean, types.is_null))


def _can_be_kept(kind: Any) -> bool:
    """Whether values of a further column have a text of their own, as lists and pictures do not."""
    from pyarrow import types

    return _is_plain(kind) or types.is_temporal(kind) or types.is_decimal(kind)


def _parquet_rows(file: Path, opened: Any, names: list[str], columns: Columns) -> Rows:
    places = sorted([*columns.places.values(), *(place for place, _ in columns.further)])
    return _cells_of_parquet(file, opened, names, places)


def _cells_of_parquet(file: Path, opened: Any, names: list[str], places: Sequence[int]) -> Rows:
    with _Understood(file):
        start = 1
        for batch in opened.iter_batches(columns=[names[i] for i in places]):
            lists = [batch.column(names[i]).to_pylist() for i in places]
            for number, values in enumerate(zip(*lists, strict=True), start):
                row = [""] * len(names)
                for place, value in zip(places, values, strict=True):
                    row[place] = _cell(value)
                if any(row):
                    yield f"{file}, row {number}", row
            start += batch.num_rows


class _Understood:
    """Context manager that turns what pyarrow raises into a `DataError`."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        import pyarrow

        if isinstance(error, DataError):
            return
        if isinstance(error, OSError | ValueError | KeyError | pyarrow.ArrowException):
            raise DataError(
                f"{self._file}: cannot be read as a Parquet table ({reason(error)})."
            ) from None


def _cell(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
