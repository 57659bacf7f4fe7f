"""The layouts of files that can be replayed, a module with one function for each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from config.demo.replay.books import Books
from config.demo.replay.columns import InputRefused, Row
from config.demo.replay.csv_tables import header_of, require_columns, rows_of

ONE_FILE = ""
"""The name of the only table of a layout that is one file."""

Tables = Mapping[str, Iterable[Row]]
"""Rows by table; they can be iterated once."""
Read = Callable[[Tables], Books]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of each table, and the function that reads books from them."""

    name: str
    columns_of: Mapping[str, Sequence[str]]
    read: Read

    @property
    def is_one_file(self) -> bool:
        return ONE_FILE in self.columns_of

    def missing_files(self, folder: Path) -> list[str]:
        """Return the files of this layout that a folder lacks."""
        return [table for table in self.columns_of if not _file(folder, table).is_file()]


layouts: dict[str, Layout] = {}


def layout(name: str, columns_of: Mapping[str, Sequence[str]]) -> Callable[[Read], Read]:
    """Register a function that reads books; tables are files of a folder, or ``ONE_FILE``."""

    def register(read: Read) -> Read:
        layouts[name] = Layout(name, columns_of, read)
        return read

    return register


def read_books(path: Path, name: str | None = None) -> Books:
    """Read and check everything, by the named layout or the one that fits.

    :raises InputRefused: no layout fits, or something in the files is wrong.
    """
    if not path.exists():
        raise InputRefused(f"{path} does not exist: give the file or folder of the orders")
    chosen = _named(name) if name else _fitting(path)
    if path.is_dir() == chosen.is_one_file:
        wanted = "one CSV file" if chosen.is_one_file else f"a folder with {_files(chosen)}"
        raise InputRefused(f"{path}: the layout {chosen.name} wants {wanted}")
    if not chosen.is_one_file and (missing := chosen.missing_files(path)):
        raise InputRefused(f"{path}: the layout {chosen.name} misses {', '.join(missing)} there")
    return chosen.read(
        {
            table: rows_of(_file(path, table), columns)
            for table, columns in chosen.columns_of.items()
        }
    )


def _named(name: str) -> Layout:
    if name not in layouts:
        raise InputRefused(f"no layout is called {name!r}: use {' or '.join(sorted(layouts))}")
    return layouts[name]


def _fitting(path: Path) -> Layout:
    candidates = [each for each in layouts.values() if each.is_one_file != path.is_dir()]
    if path.is_dir():
        for candidate in candidates:
            if not candidate.missing_files(path):
                return candidate
        wanted = "; ".join(f"{each.name} wants {_files(each)}" for each in candidates)
        raise InputRefused(f"{path} is a folder that fits no layout: {wanted}")
    for folder in layouts.values():
        if path.name.removesuffix(".gz") in folder.columns_of:
            raise InputRefused(f"{path} is one of several files of {folder.name}: give its folder")
    header = header_of(path)
    closest = min(candidates, key=lambda each: len(set(each.columns_of[ONE_FILE]) - set(header)))
    require_columns(path, header, closest.columns_of[ONE_FILE])
    return closest


def _files(each: Layout) -> str:
    return ", ".join(each.columns_of)


def _file(path: Path, table: str) -> Path:
    if table == ONE_FILE:
        return path
    packed = path / f"{table}.gz"
    return packed if packed.is_file() else path / table


for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
