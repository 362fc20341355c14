"""A linear map, dense or sparse by what its products cost."""

from copy import copy
from typing import Any

import numpy as np
from scipy import sparse

from skprune.inference.cost import sparse_pays, sparse_pays_for
from skprune.inference.storage import Packed, pack, unpack

Array = np.ndarray[Any, np.dtype[Any]]


class Layer:
    """One linear map, ``weight @ x + bias``, in float32.

    Parameters
    ----------
    weight : ndarray or csr_array of shape (fan_out, fan_in)
    bias : ndarray of shape (fan_out,) or (fan_out, 1)
    n_bits : {None, 8, 4}, default=None
        With a number, the weights are rounded to so many bits, and stored in
        them: see :mod:`skprune.inference.storage`.
    scales : ndarray of float32 of shape (fan_out,), default=None
        The rows' scales, where they were larger rows when they were rounded.

    Attributes
    ----------
    weight : ndarray or csr_array of shape (fan_out, fan_in)
        The cheaper form for many rows.
    bias : ndarray of shape (fan_out, 1)
    n_bits : {None, 8, 4}
    """

    weight: Any
    bias: Array
    n_bits: int | None

    def __init__(
        self,
        weight: Any,
        bias: Any,
        n_bits: int | None = None,
        scales: Array | None = None,
    ):
        if n_bits is None:
            self._set(_csr(weight), bias)
        else:
            packed = pack(_csr(weight), n_bits, scales)
            self._set(unpack(packed), bias, packed)

    def _set(self, weight: Any, bias: Any, rounded: Packed | None = None) -> None:
        kept = sparse_pays(weight.nnz, weight.shape[0] * weight.shape[1])
        self.weight = weight if kept else weight.toarray()
        # A bias in float64 stays: it may be a target's mean, far beyond its spread.
        precise = getattr(bias, "dtype", None) == np.float64
        dtype = np.float64 if precise else np.float32
        self.bias = np.ascontiguousarray(bias, dtype).reshape(-1, 1)
        self.n_bits = None if rounded is None else rounded.n_bits
        self._dense: Array | None = None if kept else self.weight
        # Rows that have lost their largest weight would now get other scales.
        self._rounded = rounded

    def __call__(self, x: Any) -> Array:
        """Map a block of shape (fan_in, rows), an array or a sparse array."""
        out = self._form(x) @ x
        if sparse.issparse(out):
            out = out.toarray()
        if self.bias.dtype == out.dtype:
            out += self.bias
            return out
        return out + self.bias

    def _form(self, x: Any) -> Any:
        weight = self.weight
        if weight is self._dense or sparse.issparse(x):
            return weight
        size = weight.shape[0] * weight.shape[1]
        return weight if sparse_pays_for(x.shape[1], weight.nnz, size) else self.dense

    def shifted(self, shift: float) -> "Layer":
        """Return the same map with something added to each output."""
        other = copy(self)
        other.bias = self.bias + self.bias.dtype.type(shift)
        return other

    @property
    def dense(self) -> Array:
        """The weight as an array of shape (fan_out, fan_in)."""
        if self._dense is None:
            self._dense = self.weight.toarray()
        return self._dense

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs."""
        n_rows, n_columns = self.weight.shape
        return n_rows, n_columns

    @property
    def n_nonzero(self) -> int:
        """Non-zero weights, biases not counted."""
        weight = self.weight
        return weight.nnz if sparse.issparse(weight) else int(np.count_nonzero(weight))

    @property
    def multiply_adds(self) -> int:
        """Multiplications to map one of many rows."""
        weight = self.weight
        return weight.nnz if sparse.issparse(weight) else int(weight.size)

    @property
    def n_bytes(self) -> int:
        """Bytes of the arrays as they are stored."""
        return self._packed().n_bytes + self.bias.nbytes

    def _packed(self) -> Packed:
        return pack(_csr(self.weight)) if self._rounded is None else self._rounded

    def __getstate__(self) -> tuple[Any, ...]:
        return tuple(self._packed()), self.bias

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        packed, bias = Packed(*state[0]), state[1]
        self._set(unpack(packed), bias, packed if packed.n_bits else None)


def _csr(weight: Any) -> Any:
    """Return a CSR matrix of float32, sorted and without explicit zeros."""
    if not sparse.issparse(weight):
        return sparse.csr_array(np.asarray(weight, np.float32))
    kept = sparse.csr_array(weight, dtype=np.float32)
    if not (kept.has_canonical_format and kept.data.all()):
        kept = kept.copy()
        kept.sum_duplicates()
        kept.eliminate_zeros()
    return kept
