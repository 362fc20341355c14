"""The rows of a fit as skorch knows data sets."""

from typing import Any

import torch
from skorch.dataset import Dataset
from torch import Tensor
from torch.utils.data import Subset

from skprune.training.batches import Batch, Batches
from skprune.training.predicting import as_indexable
from skprune.training.readout import Readout
from skprune.training.rows import Rows


class RowDataset(Dataset):
    """Rows and their targets, in the form that callbacks compare predictions with.

    Parameters
    ----------
    rows : Rows
    readout : Readout
    """

    def __init__(self, rows: Rows, readout: Readout):
        self.rows = rows
        y = readout.for_callbacks(torch.tensor(rows.y)).numpy()
        super().__init__(as_indexable(rows.X), y)

    def transform(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Return a row, dense, and its target."""
        row, y = super().transform(X, y)
        # Of a memory map, to which torch might write, for all that it knows.
        return (row if row.flags.writeable else row.copy()), y

    def part(self, batches: Batches | None) -> Any:
        """Return the data set of the rows that batches are of."""
        if batches is None or batches.index is None:
            return None if batches is None else self
        return Subset(self, batches.index.tolist())


def pair(batch: Batch, readout: Readout) -> tuple[Tensor, Tensor]:
    """Return a batch as skorch's iterators give it: rows, dense, and targets."""
    x = batch.x if batch.x.layout is torch.strided else batch.x.to_dense()
    return x, readout.for_callbacks(batch.y)
