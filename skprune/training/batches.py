"""Batches of rows, without a collator's work per row."""

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from skprune.training.rows import Rows

GATHER_BYTES = 1 << 20
"""Shuffled rows are gathered for several batches at once, this much at a time."""


class Batch(NamedTuple):
    """Tensors of a batch: inputs (rows, features), targets, weights (rows,)."""

    x: Tensor
    y: Tensor
    weight: Tensor | None

    @property
    def size(self) -> float:
        """The sum of the weights, which is the number of rows where there are none."""
        return len(self.y) if self.weight is None else float(self.weight.sum())


class Batches:
    """Rows cut into batches, shuffled anew for each epoch.

    Parameters
    ----------
    rows : Rows
    index : ndarray of int, optional
        The rows to use; all by default. They are gathered as needed, so that a
        validation split costs no second copy.
    batch_size : int
    generator : torch.Generator, optional
        Draws the order of each epoch; None keeps the rows' own.
    device : str or torch.device
    """

    def __init__(
        self,
        rows: Rows,
        batch_size: int,
        *,
        index: NDArray[Any] | None = None,
        generator: torch.Generator | None = None,
        device: Any = "cpu",
    ):
        self.rows, self.batch_size = rows, batch_size
        self.generator, self.device = generator, torch.device(device)
        self.index = None if index is None else torch.from_numpy(index)
        self._x = None if sparse.issparse(rows.X) else self._tensor(rows.X)
        self._y = self._tensor(rows.y)
        self._weight = None if rows.weight is None else self._tensor(rows.weight)

    def _tensor(self, array: NDArray[Any]) -> Tensor:
        with warnings.catch_warnings():
            # A memory map is read-only; nothing here writes to it.
            warnings.filterwarnings("ignore", message=".*not writable")
            return torch.from_numpy(np.ascontiguousarray(array)).to(self.device)

    @property
    def n_rows(self) -> int:
        """Number of rows of an epoch."""
        return len(self.rows) if self.index is None else len(self.index)

    def targets(self) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Return the targets and the weights of an epoch's rows, in their order."""
        at = slice(None) if self.index is None else self.index.numpy(force=True)
        weight = self.rows.weight
        return self.rows.y[at], None if weight is None else weight[at]

    @property
    def n_batches(self) -> int:
        """Number of batches of an epoch."""
        return -(-self.n_rows // self.batch_size)

    def __len__(self) -> int:
        return self.n_batches

    def __iter__(self) -> Iterator[Batch]:
        for some in self.gathers():
            yield from cut(some, self.batch_size)

    def gathers(self) -> Iterator[Batch]:
        """Run through the rows of an epoch, several batches at once."""
        order = self._order()
        if order is None:
            spans: Any = range(0, self.n_rows, self.batch_size)
            yield from (self.take(slice(i, i + self.batch_size)) for i in spans)
            return
        for some in order.split(self.batch_size * self._batches_a_gather()):
            yield self.take(self._among_rows(some))

    def _order(self) -> Tensor | None:
        # Positions in `index`, where that is given and the order is drawn.
        if not self._shuffles:
            return self.index
        return torch.randperm(self.n_rows, generator=self.generator)

    @property
    def _shuffles(self) -> bool:
        return self.generator is not None and self.n_batches > 1

    def _among_rows(self, some: Tensor) -> Tensor:
        # A few at a time: the whole order over again is eight bytes a row.
        if self.index is None or not self._shuffles:
            return some
        return self.index[some]

    def _batches_a_gather(self) -> int:
        if self._x is None:
            return 1
        row_bytes = self._x.shape[1] * self._x.element_size()
        return max(1, GATHER_BYTES // max(row_bytes * self.batch_size, 1))

    def take(self, at: Tensor | slice) -> Batch:
        """Return the rows at positions ``at`` of ``rows`` as one batch."""
        x = self._sparse_rows(at) if self._x is None else self._pick(self._x, at)
        weight = None if self._weight is None else self._pick(self._weight, at)
        return Batch(x, self._pick(self._y, at), weight)

    def _pick(self, tensor: Tensor, at: Tensor | slice) -> Tensor:
        # For whole rows, indexing with [] takes ten times as long.
        if isinstance(at, slice):
            return tensor[at]
        return tensor.index_select(0, at.to(self.device))

    def _sparse_rows(self, at: Tensor | slice) -> Tensor:
        rows = self.rows.X[at.numpy() if isinstance(at, Tensor) else at]
        return csr_tensor(rows).to(self.device)

    def sample(self, n_rows: int, generator: torch.Generator) -> Batch:
        """Return ``n_rows`` rows drawn without replacement (or all) as one batch."""
        if n_rows >= self.n_rows:
            return self.take(slice(None) if self.index is None else self.index)
        drawn = torch.randperm(self.n_rows, generator=generator)[:n_rows]
        drawn = drawn.sort().values
        return self.take(drawn if self.index is None else self.index[drawn])


def cut(rows: Batch, batch_size: int, dim: int = 0) -> Iterator[Batch]:
    """Cut rows, which lie along ``dim``, into batches."""
    n_rows = rows.y.shape[dim]
    if n_rows <= batch_size:
        yield rows
        return
    for i in range(0, n_rows, batch_size):
        size = min(batch_size, n_rows - i)
        x, y = (part.narrow(dim, i, size) for part in rows[:2])
        weight = None if rows.weight is None else rows.weight.narrow(dim, i, size)
        yield Batch(x, y, weight)


def csr_tensor(rows: Any) -> Tensor:
    """Return a SciPy CSR array as a torch tensor of the same layout."""
    parts = (rows.indptr, rows.indices, rows.data)
    with warnings.catch_warnings():
        # torch calls its CSR layout beta, and reports that it does not check it;
        # SciPy has.
        warnings.simplefilter("ignore", UserWarning)
        crow, col, values = (torch.from_numpy(part) for part in parts)
        return torch.sparse_csr_tensor(
            crow, col, values, size=rows.shape, check_invariants=False
        )
