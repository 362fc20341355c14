"""What callbacks have recorded, stored by column."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Row = Mapping[str, Any]

OWN = frozenset(
    ["epoch", "train_loss", "valid_loss", "sparsity", "phase", "judged", "ranked"]
    + [
        "batches",
        "train_loss_best",
        "valid_loss_best",
        "train_batch_count",
        "valid_batch_count",
    ]
)
"""Entries of an epoch that its losses, sparsity and batches already tell."""

OWN_OF_BATCHES = frozenset(
    ["train_loss", "valid_loss", "train_batch_size", "valid_batch_size"]
)


@dataclass(frozen=True)
class Column:
    """The entries of one name.

    Attributes
    ----------
    at : ndarray of int32 of shape (n_entries,)
        The rows that have one.
    values : ndarray of shape (n_entries,)
        Of numbers or booleans where all of them are, of objects otherwise.
    """

    at: NDArray[np.int32]
    values: NDArray[Any]

    @classmethod
    def of_rows(cls, rows: Sequence[Row], name: str) -> "Column":
        """Return the column of a name, from rows of which some have it."""
        at = [i for i, row in enumerate(rows) if name in row]
        entries = [rows[i][name] for i in at]
        if len({type(entry) for entry in entries}) == 1 and np.isscalar(entries[0]):
            values = np.array(entries)
        else:
            values = np.empty(len(entries), object)
            values[:] = entries
        return cls(np.array(at, np.int32), values)


Columns = dict[str, Column]


def columns_of(rows: Sequence[Row], without: Iterable[str] = ()) -> Columns:
    """Return the columns of all entries but those of some names."""
    names = dict.fromkeys(name for row in rows for name in row)
    left = [name for name in names if name not in set(without)]
    return {name: Column.of_rows(rows, name) for name in left}


def fill_in(rows: Sequence[dict[str, Any]], columns: Columns) -> None:
    """Write the columns into rows, as plain Python objects where they are numbers."""
    for name, column in columns.items():
        for i, value in zip(column.at, column.values.tolist(), strict=True):
            rows[i][name] = value


@dataclass(frozen=True)
class Recorded:
    """Entries of epochs and of their batches beside losses, phases and sparsities.

    Attributes
    ----------
    epochs : dict of str to Column
    batches : dict of str to Column
        Of all batches, one epoch's after the other's; empty unless a callback recorded
        something of a batch.
    n_batches : ndarray of int32 of shape (n_epochs,)
    """

    epochs: Columns
    batches: Columns
    n_batches: NDArray[np.int32]

    @classmethod
    def of_epochs(cls, rows: Sequence[Row]) -> "Recorded":
        """Return what epochs hold that a history has no array for."""
        batches = [batch for row in rows for batch in row["batches"]]
        found = any(batch.keys() - OWN_OF_BATCHES for batch in batches)
        return cls(
            columns_of(rows, OWN),
            columns_of(batches) if found else {},
            np.array([len(row["batches"]) if found else 0 for row in rows], np.int32),
        )

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Add the entries to the rows of as many epochs."""
        fill_in(rows, self.epochs)
        for row, n in zip(rows, self.n_batches, strict=True):
            row["batches"] = [{} for _ in range(n)]
        fill_in([batch for row in rows for batch in row["batches"]], self.batches)
