"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def drafts(*paths: Path) -> Iterator[list[Path]]:
    """Yield paths to write to, which are renamed to those given after.

    They have the same names, in a folder of their own beside them. Where an error is
    raised in between, what was there before stays.

    Parameters
    ----------
    *paths : Path
        In one folder, in the order in which they are to be renamed.
    """
    with TemporaryDirectory(dir=paths[0].parent, prefix=".skprune-") as folder:
        written = [Path(folder, path.name) for path in paths]
        yield written
        for draft, path in zip(written, paths, strict=True):
            os.replace(draft, path)
