"""Weights in 8 or 4 bits, with a scale for each row.

Symmetric: a row's weights become ``scale * q`` with whole ``q`` from ``-m`` to
``m``, ``m = 2**(n_bits - 1) - 1``, and ``scale = max(abs(row)) / m``. Zero stays
zero, so that what was pruned stays pruned.

A row that is rounded asks for the scale that it was rounded by, to the last bit. Let
``s = fl(x / m)`` be in [1, 2), where numbers are u apart, so that ``|m s - x| <=
m u / 2``. If ``m s`` is ``m + 1`` or more, numbers are ``(m + 1) u`` apart there, and
x is the one that ``m s`` is rounded to. If not, ``m s`` is rounded by ``(m + 1) u / 4``
at most, and a share 1 / m of that is less than ``u / 2``.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def largest(n_bits: int) -> int:
    """Return the largest whole number that a weight is stored as."""
    return 2 ** (n_bits - 1) - 1


def quantise(
    weight: Any, n_bits: int, scales: Array | None = None
) -> tuple[Any, Array, Array]:
    """Round the non-zeros of a CSR matrix.

    Parameters
    ----------
    weight : csr_array
    n_bits : int
    scales : ndarray of float32 of shape (n_rows,), default=None
        At least those that the rows themselves ask for, which are the default.

    Returns
    -------
    kept : csr_array
        The whole numbers, those that became 0 left out.
    values : ndarray of uint8
        The same numbers, in ``n_bits`` each.
    scales : ndarray of float32 of shape (n_rows,)
    """
    rows = np.repeat(np.arange(weight.shape[0]), np.diff(weight.indptr))
    if scales is None:
        scales = np.zeros(weight.shape[0], np.float32)
        np.maximum.at(scales, rows, np.abs(weight.data))
        scales /= np.float32(largest(n_bits))
    kept = weight.copy()
    # A subnormal row's scale may be 0; then the whole row is.
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = np.rint(weight.data / scales[rows])
    kept.data = np.where(np.isfinite(whole), whole, np.float32(0))
    kept.eliminate_zeros()
    return kept, PACKINGS[n_bits][0](kept.data.astype(np.int8)), scales


def dequantise(values: Array, scales: Array, counts: Array, n_bits: Any) -> Array:
    """Return the weights as float32; ``counts`` of them are in each row."""
    whole = PACKINGS[n_bits][1](values, int(counts.sum()))
    return whole.astype(np.float32) * np.repeat(scales, counts)


def _bytes_of(whole: Array) -> Array:
    return whole.view(np.uint8)


def _from_bytes(values: Array, n: int) -> Array:
    return values.view(np.int8)


def _nibbles_of(whole: Array) -> Array:
    # Two to a byte, the first in the low half; 8 is added, for none is below -7.
    shifted = np.zeros(len(whole) + len(whole) % 2, np.uint8)
    shifted[: len(whole)] = whole + 8
    return shifted[::2] | (shifted[1::2] << 4)


def _from_nibbles(values: Array, n: int) -> Array:
    halves = np.stack([values & 15, values >> 4], axis=1).ravel()
    return halves[:n].astype(np.int8) - np.int8(8)


PACKINGS = {8: (_bytes_of, _from_bytes), 4: (_nibbles_of, _from_nibbles)}
