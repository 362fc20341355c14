"""A judge of another kind than networks, which errs elsewhere: a forest.

A label that judges of several kinds find unlikely is wrong more often than one that
judges of one kind do. Trees learn the rows that they are grown on by heart, so that
each of these is judged by those trees alone that are grown without it.

References
----------
C. E. Brodley and M. A. Friedl, "Identifying mislabeled training data", Journal of
Artificial Intelligence Research 11, 1999.

L. Breiman, "Out-of-bag estimation", Statistics Department, University of California,
Berkeley, 1996.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

N_TREES, SMALLEST_LEAF = 300, 5
"""Trees, and rows of a leaf at least: a label that is wrong has little say in five."""


def forest_opinions(
    X: Any, y: Floats, others: Any, sample_weight: Any, seed: int
) -> tuple[Floats, Floats]:
    """Return what a forest says of rows that it has not seen, and of its own.

    Parameters
    ----------
    X : {ndarray, CSR} of shape (n_rows, n_features)
        To grow it on.
    y : ndarray of shape (n_rows, n_outputs)
        Numbers, or 1 for the classes that rows are of and 0 for others: on these the
        squared error is Gini's impurity, and means are probabilities.
    others : {ndarray, CSR} of shape (n_others, n_features)
    sample_weight : ndarray of shape (n_rows,) or None
    seed : int

    Returns
    -------
    of_others : ndarray of shape (n_others, n_outputs)
    of_own : ndarray of shape (n_rows, n_outputs)
        Each by the trees that are grown without it.
    """
    # Whoever only scores loads no forests.
    from sklearn.ensemble import RandomForestRegressor

    spread = y.std(0)
    # Columns count alike, whatever their units.
    spread = np.where(spread > 0, spread, 1.0)
    forest = RandomForestRegressor(
        N_TREES,
        max_features="sqrt",
        min_samples_leaf=SMALLEST_LEAF,
        oob_score=True,
        random_state=seed,
    )
    scaled = y / spread
    forest.fit(X, scaled[:, 0] if y.shape[1] == 1 else scaled, sample_weight)
    found = forest.predict(others), forest.oob_prediction_
    of_others, of_own = (said.reshape(-1, y.shape[1]) * spread for said in found)
    return of_others, of_own
