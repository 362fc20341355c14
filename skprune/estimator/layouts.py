"""How the rows of X are read: as columns here, as windows in the file beside."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier

from skprune.estimator.holdout import hold_out

Array = NDArray[Any]


class Layout(ABC):
    """Reads rows for an estimator, and sets some aside; composed into it.

    Attributes
    ----------
    accept_sparse : str or bool
        As :func:`sklearn.utils.check_array` takes it.
    """

    accept_sparse: ClassVar[str | bool]

    @abstractmethod
    def flat(self, estimator: Any, X: Any, *, fitted: bool) -> Any:
        """Return X as rows of two dimensions; ``fitted``: as they were before."""

    @abstractmethod
    def learn(self, estimator: Any, X: Any, n_columns: int) -> None:
        """Set what the estimator has to know of the shape of X."""

    @abstractmethod
    def split(self, estimator: Any, y: Array, random_state: Any) -> tuple[Array, Array]:
        """Return training and validation rows, given the encoded targets."""

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

    def split(self, estimator: Any, y: Array, random_state: Any) -> tuple[Array, Array]:
        codes = names = None
        if is_classifier(estimator) and (y.ndim == 1 or y.shape[1] == 1):
            codes, names = y.ravel().astype(np.int32), estimator.classes_
        fraction = estimator.validation_fraction
        train, valid = hold_out(len(y), fraction, random_state, codes, names)
        if len(valid) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' "
                "or the size of your dataset."
            )
        return train, valid

    def tag(self, input_tags: Any) -> None:
        input_tags.sparse = True
