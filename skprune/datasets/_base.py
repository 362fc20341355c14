"""Read the tables and descriptions that are shipped beside this file."""

import csv
import gzip
from importlib.resources import files
from types import ModuleType

DATA_MODULE = "skprune.datasets.data"


def read_table(filename: str) -> dict[str, tuple[str, ...]]:
    """Read a shipped table: each column's name to its values, as text."""
    path = files("skprune.datasets").joinpath("data", filename)
    with path.open("rb") as raw, gzip.open(raw, "rt", encoding="utf-8") as text:
        header, *rows = csv.reader(text)
    return dict(zip(header, zip(*rows, strict=True), strict=True))


def read_text(folder: str, filename: str) -> str:
    """Read a shipped text file."""
    path = files("skprune.datasets").joinpath(folder, filename)
    return path.read_text(encoding="utf-8")


def import_pandas(caller: str) -> ModuleType:
    """Import pandas, which is needed for frames alone."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            f"{caller} with as_frame=True requires pandas: pip install 'skprune[plot]'"
        ) from error
    return pandas
