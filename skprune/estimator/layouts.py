"""How the rows of X are read: as columns here, as windows in the file beside."""

import warnings
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.model_selection import KFold, StratifiedKFold

from skprune.estimator.holdout import hold_out_of

AUTO_BATCH_SIZE = 200
"""Rows of a step where nobody says how many."""

Array = NDArray[Any]


class Layout(ABC):
    """Reads rows for an estimator, and sets some aside; composed into it.

    Attributes
    ----------
    accept_sparse : str or bool
        As :func:`sklearn.utils.check_array` takes it.
    in_time : bool
        Whether rows come in the order of time.
    """

    accept_sparse: ClassVar[str | bool]
    in_time: ClassVar[bool] = False

    @abstractmethod
    def flat(self, estimator: Any, X: Any, *, fitted: bool) -> Any:
        """Return X as rows of two dimensions; ``fitted``: as they were before."""

    @abstractmethod
    def learn(self, estimator: Any, X: Any, n_columns: int) -> None:
        """Set what the estimator has to know of the shape of X."""

    def series(self, X: Any, y: Any, given: Any, n_rows: int) -> Array | None:
        """Return which series each row is of; None where that is of no account.

        ``given`` is what the user says, None if nothing.
        """
        return None

    @abstractmethod
    def split(
        self, estimator: Any, y: Array, random_state: Any, series: Array | None = None
    ) -> tuple[Array, Array]:
        """Return training and validation rows, given the encoded targets.

        ``series`` tells which series each row is of, if that is known.
        """

    def auto_batch_size(self, n_rows: int) -> int:
        """Return how many rows a step takes where nobody says how many."""
        return min(AUTO_BATCH_SIZE, n_rows)

    @abstractmethod
    def folds(
        self,
        estimator: Any,
        y: Array,
        n_folds: int,
        seed: int,
        series: Array | None = None,
    ) -> list[tuple[Array, Array]]:
        """Return folds in which no test row tells of those that it is kept from."""

    @abstractmethod
    def tag(self, input_tags: Any) -> None:
        """Say in scikit-learn's tags what X may be."""


class Columns(Layout):
    """Rows of columns, in any order, dense or sparse."""

    accept_sparse = "csr"

    def flat(self, estimator: Any, X: Any, *, fitted: bool) -> Any:
        return X

    def learn(self, estimator: Any, X: Any, n_columns: int) -> None:
        """Learn nothing: a column is a column."""

    def split(
        self, estimator: Any, y: Array, random_state: Any, series: Array | None = None
    ) -> tuple[Array, Array]:
        fraction = estimator.validation_fraction
        train, valid = hold_out_of(estimator, y, fraction, random_state)
        if len(valid) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' "
                "or the size of your dataset."
            )
        return train, valid

    def folds(
        self,
        estimator: Any,
        y: Array,
        n_folds: int,
        seed: int,
        series: Array | None = None,
    ) -> list[tuple[Array, Array]]:
        """Shuffle: rows may be sorted. Each fold has its share of each class."""
        rows = np.zeros(len(y))
        if not is_classifier(estimator) or y.ndim == 2:
            return list(KFold(n_folds, shuffle=True, random_state=seed).split(rows))
        _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        n_folds = max(2, min(n_folds, int(counts.max())))
        cut = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            # A class of fewer rows than folds is in some of them alone.
            warnings.filterwarnings("ignore", message="The least populated class")
            return list(cut.split(rows, codes))

    def tag(self, input_tags: Any) -> None:
        input_tags.sparse = True
