"""Weighted means, spreads and products of columns, in chunks or from sparse parts."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

CHUNK_ROWS = 4096  # rows held in float64 at a time


class Moments(NamedTuple):
    """Of the columns of a table; `spread` is 1 where a column is constant."""

    mean: NDArray[np.float64]  # (p,)
    spread: NDArray[np.float64]  # (p,)


def moments(X: Any, weight: NDArray) -> Moments:
    """Compute both without a copy of the table."""
    share = weight / weight.sum()
    first = np.zeros(X.shape[1])
    if not sparse.issparse(X):
        # Sums are taken around the first row: a far-off mean costs no digits.
        first = np.asarray(X[0], dtype=np.float64)
    sums, squares = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for rows in chunks(X.shape[0]):
        part = X[rows]
        part = part if sparse.issparse(part) else part - first
        sums += part.T @ share[rows]
        squares += (part.multiply(part) if sparse.issparse(part) else part**2).T @ (
            share[rows]
        )
    spread = np.sqrt(np.maximum(squares - sums**2, 0.0))
    spread[spread <= 1e-7 * np.sqrt(squares)] = 1.0
    return Moments(first + sums, spread)


def sizes_where_used(X: Any, weight: NDArray) -> NDArray[np.float64]:
    """Take the root mean square of each column's entries other than zero, (p,)."""
    squares, used = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    for rows in chunks(X.shape[0]):
        part = sparse.csr_array(X[rows])
        squares += part.power(2).T @ weight[rows]
        used += (part != 0).astype(np.float64).T @ weight[rows]
    squares[used == 0] = used[used == 0] = 1.0  # the column is empty
    return np.sqrt(squares / used)


def chunks(n: int) -> list[slice]:
    """Cut the rows into slices."""
    return [slice(start, start + CHUNK_ROWS) for start in range(0, n, CHUNK_ROWS)]


def correlations(X: Any, Y: NDArray, weight: NDArray, stats: Moments) -> NDArray:
    """Average the products of standardised columns with centred targets, (p, q)."""
    share = (weight / weight.sum())[:, None]
    Y = share * (Y - (share * Y).sum(axis=0))  # the columns sum to 0
    total = np.zeros((X.shape[1], Y.shape[1]))
    for rows in chunks(X.shape[0]):
        part = X[rows]
        part = part if sparse.issparse(part) else part - stats.mean
        total += part.T @ Y[rows]
    return total / stats.spread[:, None]


def gram(X: Any, columns: NDArray[np.intp], weight: NDArray, stats: Moments) -> NDArray:
    """Average the products of standardised columns with one another, (m, m)."""
    share = weight / weight.sum()
    mean, spread = stats.mean[columns], stats.spread[columns]
    if sparse.issparse(X):
        part = X[:, columns]
        product = (part.T @ part.multiply(share[:, None]).tocsr()).toarray()
        return (product - np.outer(mean, mean)) / np.outer(spread, spread)
    total = np.zeros((len(columns), len(columns)))
    for rows in chunks(X.shape[0]):
        part = (X[rows][:, columns] - mean) / spread
        part *= np.sqrt(share[rows])[:, None]
        total += part.T @ part
    return total
