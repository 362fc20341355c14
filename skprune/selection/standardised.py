"""Columns of a table as networks want them: of one size, cut off at the far ends."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from skprune.selection.moments import Moments, moments, sizes_where_used

# Standardised values are clipped: one odd row must not carry a column.
CLIP = 5.0
# A table of at most so many entries is held standardised in float32; above, each
# minibatch is made from the table as it came, sparse or not.
HELD_ENTRIES = 50_000_000
# Share of entries other than zero under which a table is one of words or the like.
SPARSE_SHARE = 0.1


class StandardColumns:
    """The table, standardised where and when it is needed."""

    def __init__(self, X: Any, weight: NDArray) -> None:
        self.X, self.stats = X, scale_of(X, weight)
        self.held: Tensor | None = None
        self.alive: NDArray[np.intp] = np.arange(X.shape[1])

    def restrict(self, alive: NDArray[np.intp]) -> None:
        """Look at these columns from now on, (alive,) into the original table."""
        kept = np.searchsorted(self.alive, alive)
        self.alive = alive
        if self.held is not None:
            self.held = self.held[:, kept].contiguous()
        elif self.X.shape[0] * len(alive) <= HELD_ENTRIES:
            self.held = self._standardised(np.arange(self.X.shape[0]))

    def rows(self, index: Tensor) -> Tensor:
        """Take rows, (..., alive)."""
        if self.held is not None:
            return self.held[index]
        part = self._standardised(index.reshape(-1).numpy())
        return part.reshape(*index.shape, len(self.alive))

    def _standardised(self, index: NDArray[np.intp]) -> Tensor:
        part = self.X[index]
        if len(self.alive) < self.X.shape[1]:
            part = part[:, self.alive]
        part = part.toarray() if sparse.issparse(part) else part
        stats = Moments(self.stats.mean[self.alive], self.stats.spread[self.alive])
        part = np.clip((part - stats.mean) / stats.spread, -CLIP, CLIP)
        return torch.from_numpy(part.astype(np.float32))


def scale_of(X: Any, weight: NDArray) -> Moments:
    """Choose what the columns are centred and divided by.

    That is their mean and spread; but a word that few rows hold would be tens of
    spreads away in each of them. Where nearly all entries are zero a column is
    divided by the size it has where it isn't, and zero stays zero.
    """
    n_used = X.nnz if sparse.issparse(X) else np.count_nonzero(X)
    if n_used >= SPARSE_SHARE * X.shape[0] * X.shape[1]:
        return moments(X, weight)
    return Moments(np.zeros(X.shape[1]), sizes_where_used(X, weight))
