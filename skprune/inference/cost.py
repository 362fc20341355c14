"""What a product costs, dense or sparse.

Constants, so that the choice is the same on every machine and in every process;
``benchmarks/speed.py --calibrate`` measures them.
"""

DENSE_COST = 0.12
"""Cost of one multiply-add of BLAS in those of a CSR product."""

SPARSE_CALL = 100_000
"""Cost of calling SciPy's sparse product at all, in multiply-adds of BLAS."""

CACHE_BYTES = 1 << 20
"""Budget of a block of activations; about a core's second-level cache."""


def sparse_pays(n_nonzero: int, size: int) -> bool:
    """Return whether a matrix should multiply many rows as CSR."""
    return n_nonzero < DENSE_COST * size


def sparse_pays_for(n_rows: int, n_nonzero: int, size: int) -> bool:
    """Return whether CSR pays for so few rows that the call itself counts.

    A matrix for which it doesn't has at most ``SPARSE_CALL + n_nonzero /
    DENSE_COST`` entries, which bounds the memory of its dense form.
    """
    return n_nonzero * n_rows + DENSE_COST * SPARSE_CALL < DENSE_COST * size * n_rows
