"""Read tables from CSV files, plain or gzipped, row by row."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from config.demo.replay.columns import InputRefused, Row

_GZIP_MAGIC = b"\x1f\x8b"
_LONGEST_LINE = 1_000_000


def header_of(path: Path) -> list[str]:
    """Return the names of the columns.

    :raises InputRefused: the file is empty, or not CSV in UTF-8.
    """
    for _, fields in _records(path):
        return _names(fields)
    raise InputRefused(f"{path} is empty: it wants a header and at least one row")


def rows_of(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Read the rows of a table that must have these columns; other columns are ignored.

    Empty rows are skipped, and so are further headers, as in concatenated files.

    :raises InputRefused: a column is missing, there are no rows, or the file is not CSV in UTF-8.
    """
    header = header_of(path)
    require_columns(path, header, columns)
    records = _records(path)
    next(records)
    read = 0
    for line, fields in records:
        if not any(map(str.strip, fields)) or _names(fields) == header:
            continue
        if len(fields) != len(header):
            raise InputRefused(
                f"{path}, line {line}: it has {len(fields)} fields where the header has"
                f" {len(header)}: mend or remove it"
            )
        read += 1
        yield Row(str(path), line, dict(zip(header, fields, strict=True)))
    if not read:
        raise InputRefused(f"{path} has a header and no row: there is nothing to do")


def require_columns(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    """Check that a header has each column once.

    :raises InputRefused: one is missing or there twice.
    """
    for column in columns:
        if header.count(column) > 1:
            raise InputRefused(f"{path}, line 1: two columns are called {column}: rename one")
    if missing := [column for column in columns if column not in header]:
        raise InputRefused(
            f"{path}, line 1: missing {_listed(missing)}: add it, or check that commas separate"
            " the columns"
        )


def _names(fields: Sequence[str]) -> list[str]:
    return [name.strip() for name in fields]


def _listed(columns: Sequence[str]) -> str:
    return f"column{'s' * (len(columns) > 1)} {', '.join(columns)}"


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the fields of each record, the header first."""
    lines = _lines(path)
    reader = csv.reader(lines, strict=True)
    try:
        for fields in reader:
            if fields:
                yield reader.line_num, fields
    except csv.Error as error:
        raise InputRefused(f"{path}, line {reader.line_num}: no CSV: {error}") from error


def _lines(path: Path) -> Iterator[str]:
    number = 0
    try:
        with _opened(path) as file:
            while line := file.readline(_LONGEST_LINE):
                number += 1
                yield _text(line, path, number)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputRefused(f"{path} is no whole gzip file ({error}): fetch it again") from error
    except OSError as error:
        raise InputRefused(f"{path} cannot be read: {error.strerror or error}") from error


def _opened(path: Path) -> gzip.GzipFile | BufferedReader:
    with path.open("rb") as file:
        is_packed = file.read(len(_GZIP_MAGIC)) == _GZIP_MAGIC
    # A plain file named .gz is left to gzip, whose error says what is wrong.
    return gzip.open(path) if is_packed or path.suffix == ".gz" else path.open("rb")


def _text(line: bytes, path: Path, number: int) -> str:
    complaint = f"{path}, line {number}: no text in UTF-8: save it as CSV in UTF-8"
    if len(line) == _LONGEST_LINE or b"\0" in line:
        raise InputRefused(complaint)
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise InputRefused(complaint) from error
