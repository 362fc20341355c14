"""A sparse matrix in few bytes: where its non-zeros are, and what they are.

*Where* is stored in whichever form is smallest: nothing at all for a full matrix,
a bit for each entry, or column numbers by row in the smallest integers that hold
them. *What* is stored as float32, or in 8 or 4 bits with a scale for each row.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from skprune.inference.quantised import dequantise, quantise

Array = np.ndarray[Any, np.dtype[Any]]


class Packed(NamedTuple):
    """A matrix as it is stored.

    Attributes
    ----------
    shape : (int, int)
    form : {'full', 'bits', 'columns'}
        How the places of the non-zeros are stored.
    places : tuple of ndarray
        In that form.
    values : ndarray
        Of float32, or of bytes that hold 8 or 4 bits a value.
    scales : ndarray of float32 of shape (n_rows,) or None
        With values of 8 or 4 bits, by row.
    n_bits : {None, 8, 4}
    """

    shape: tuple[int, int]
    form: str
    places: tuple[Array, ...]
    values: Array
    scales: Array | None
    n_bits: int | None

    @property
    def n_bytes(self) -> int:
        """Bytes of the arrays."""
        parts = [*self.places, self.values]
        if self.scales is not None:
            parts.append(self.scales)
        return sum(part.nbytes for part in parts)


class Form(NamedTuple):
    """One way to store places: from a CSR matrix to arrays and back to CSR's."""

    n_bytes: Callable[[Any], int]
    pack: Callable[[Any], tuple[Array, ...]]
    unpack: Callable[[tuple[int, int], tuple[Array, ...]], tuple[Array, Array]]


def pack(weight: Any, n_bits: int | None = None, scales: Array | None = None) -> Packed:
    """Return a CSR matrix without explicit zeros in its smallest stored form."""
    values = weight.data
    if n_bits is not None:
        weight, values, scales = quantise(weight, n_bits, scales)
    form = min(FORMS, key=lambda name: FORMS[name].n_bytes(weight))
    places = FORMS[form].pack(weight)
    shape = (int(weight.shape[0]), int(weight.shape[1]))
    return Packed(shape, form, places, values, scales, n_bits)


def unpack(packed: Packed) -> Any:
    """Return the stored matrix as a csr_array of float32."""
    indices, counts = FORMS[packed.form].unpack(packed.shape, packed.places)
    values = packed.values
    if packed.scales is not None:
        values = dequantise(values, packed.scales, counts, packed.n_bits)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return sparse.csr_array((values, indices, indptr), shape=packed.shape)


def small(numbers: Array, largest: int) -> Array:
    """Return non-negative numbers up to ``largest`` in the smallest type for it."""
    return numbers.astype(np.min_scalar_type(largest))


def _full_bytes(weight: Any) -> int:
    size = weight.shape[0] * weight.shape[1]
    return 0 if weight.nnz == size else 4 * size


def _full_places(shape: tuple[int, int], places: Any) -> tuple[Array, Array]:
    n_rows, n_columns = shape
    columns = np.tile(np.arange(n_columns, dtype=np.int32), n_rows)
    return columns, np.full(n_rows, n_columns)


def _bits_places(
    shape: tuple[int, int], places: tuple[Array, ...]
) -> tuple[Array, Array]:
    size = shape[0] * shape[1]
    mask = np.unpackbits(places[0], count=size).astype(bool).reshape(shape)
    return mask.nonzero()[1].astype(np.int32), mask.sum(1)


def _bits_of(weight: Any) -> tuple[Array, ...]:
    mask = np.zeros(weight.shape, bool)
    mask[np.repeat(np.arange(len(mask)), np.diff(weight.indptr)), weight.indices] = True
    return (np.packbits(mask),)


def _columns_bytes(weight: Any) -> int:
    n_rows, n_columns = weight.shape
    column, count = (np.min_scalar_type(n) for n in (n_columns - 1, n_columns))
    return weight.nnz * column.itemsize + n_rows * count.itemsize


def _columns_of(weight: Any) -> tuple[Array, ...]:
    n_columns = weight.shape[1]
    counts = small(np.diff(weight.indptr), n_columns)
    return small(weight.indices, max(n_columns - 1, 0)), counts


def _columns_places(
    shape: tuple[int, int], places: tuple[Array, ...]
) -> tuple[Array, Array]:
    return places[0].astype(np.int32), places[1]


FORMS = {
    "full": Form(_full_bytes, lambda weight: (), _full_places),
    "bits": Form(
        lambda weight: -(-weight.shape[0] * weight.shape[1] // 8),
        _bits_of,
        _bits_places,
    ),
    "columns": Form(_columns_bytes, _columns_of, _columns_places),
}
