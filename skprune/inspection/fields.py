"""Which raw column a network's inputs come from, and how rows get there."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skprune.inspection.score import networks_of
from skprune.preprocessing.groups import column_origins, walk
from skprune.selection.units import group_names

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """A fitted perceptron, with the steps before it.

    Attributes
    ----------
    steps : Pipeline or None
        What prepares raw rows for the network.
    network : PrunedMLPClassifier or PrunedMLPRegressor
    names : ndarray of str of shape (n_fields,)
        Of the raw columns.
    """

    steps: Pipeline | None
    network: Any
    names: Array

    @classmethod
    def of_estimator(cls, estimator: Any) -> "Model":
        """Return the parts of a network, or of a Pipeline that ends in one.

        Raises
        ------
        TypeError
            If it is none.
        NotFittedError
            If it is not fitted.
        """
        steps, network = None, estimator
        if isinstance(estimator, Pipeline):
            network = estimator.steps[-1][1]
            steps = estimator[:-1] if len(estimator) > 1 else None
        networks_of(network)
        return cls(steps, network, _names_in(estimator))

    def named(self, names: Any) -> "Model":
        """Return the model with raw columns of other names.

        Raises
        ------
        ValueError
            If there are not as many as columns.
        """
        if len(names) != len(self.names):
            raise ValueError(
                f"feature_names must contain {len(self.names)} elements, got "
                f"{len(names)}."
            )
        return replace(self, names=np.asarray(names, dtype=object))

    def origins(self) -> NDArray[np.intp]:
        """Return which raw column each column that the network sees comes from.

        Raises
        ------
        TypeError
            If a step mixes columns, or doesn't name what it gives.
        """
        fields = np.arange(len(self.names))
        if self.steps is None:
            return fields
        return walk(self.steps, fields, lambda step, at: at[column_origins(step)])

    def prepared(self, X: Any) -> Any:
        """Return raw rows as the network sees them, valid, dense or CSR."""
        if self.steps is not None:
            X = self.steps.transform(X)
        return self.network._check_rows(X)

    def baseline(self, given: Any) -> Any:
        """Return the rows that scores are compared with, as the network sees them.

        Parameters
        ----------
        given : None, a raw row or raw rows
            None for the mean of the rows that the network has learnt from.

        Raises
        ------
        ValueError
            If None is given and the mean is not known.
        """
        if given is not None:
            return self.prepared(_as_rows(given))
        inputs = getattr(self.network, "_inputs", None)
        read = self.network._columns_read()
        if inputs is None or np.isnan(inputs.mean[read]).any():
            raise ValueError(
                "The mean of the training inputs is not known, as the network was "
                "stored by an older version, or has learnt on from other columns than "
                "it was stored with. Give a baseline: a row, or rows."
            )
        return np.nan_to_num(inputs.mean)[None]

    def groups(self, groups: Any) -> tuple[Array, NDArray[np.intp]]:
        """Return the names of groups of raw columns, and which each column is in.

        Without ``groups`` each raw column is one.

        Returns
        -------
        names : ndarray of shape (n_groups,)
            In the order of their first columns.
        label : ndarray of int of shape (n_columns,)
            The group of each column that the network sees.
        """
        origins = self.origins()
        if groups is None:
            return self.names, origins
        found = group_names(groups, list(map(str, self.names)), len(self.names))
        names = list(dict.fromkeys(found))
        of_field = np.array([names.index(name) for name in found], dtype=np.intp)
        return np.array(names, dtype=object), of_field[origins]


def _names_in(estimator: Any) -> Array:
    check_is_fitted(estimator)
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = [f"x{i}" for i in range(estimator.n_features_in_)]
    return np.asarray(names, dtype=object)


def _as_rows(given: Any) -> Any:
    """Return a row as a table of one row; rows as they are."""
    if getattr(given, "ndim", None) == 1 and hasattr(given, "to_frame"):
        return given.to_frame().T.infer_objects()
    if np.ndim(given) == 1 and not hasattr(given, "columns"):
        return np.asarray(given).reshape(1, -1)
    return given
