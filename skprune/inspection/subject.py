"""The network that is shown, what prepares its rows, and its siblings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skprune.estimator.fitted import FittedNetwork
from skprune.preprocessing.groups import column_origins, walk

Array = NDArray[Any]

DENSE = {"sparsity": 0.0, "n_keep": None, "threshold": None, "n_bits": None}
"""Parameters of a network that is not pruned."""


@dataclass(frozen=True)
class Subject:
    """A fitted network, alone or as the end of a Pipeline.

    Attributes
    ----------
    model : estimator
        What takes the user's rows.
    network : FittedNetwork
        What it ends in.
    """

    model: Any
    network: Any

    @classmethod
    def of_estimator(cls, estimator: Any) -> "Subject":
        """Return the parts of an estimator; of a search those of its best one.

        Raises
        ------
        TypeError
            If it doesn't end in one of skprune's networks.
        NotFittedError
            If it is not fitted.
        """
        check_is_fitted(estimator)
        model = getattr(estimator, "best_estimator_", estimator)
        network = model[-1] if isinstance(model, Pipeline) else model
        if not isinstance(network, FittedNetwork):
            raise TypeError(
                "What is reported on or drawn is a network of skprune, or a Pipeline "
                f"or search that ends in one, not {type(network).__name__}."
            )
        check_is_fitted(network, "_predictor")
        return cls(model, network)

    def one_network(self) -> Any:
        """Return the network.

        Raises
        ------
        ValueError
            If it is several.
        """
        members = self.network._members()
        if len(members) > 1:
            raise ValueError(
                f"There are {len(members)} networks, and a picture shows one: draw one "
                "of the network's estimators_."
            )
        return self.network

    @property
    def path(self) -> str:
        """What stands before the names of the network's parameters."""
        if isinstance(self.model, Pipeline):
            return f"{self.model.steps[-1][0]}__"
        return ""

    def sibling(self, params: Mapping[str, Any]) -> Any:
        """Return the model unfitted, the network with other parameters."""
        changed = {f"{self.path}{name}": value for name, value in params.items()}
        return clone(self.model).set_params(**changed)

    def dense_params(self) -> dict[str, Any]:
        """Return the parameters by which the same network is not pruned."""
        changed: dict[str, Any] = dict(DENSE)
        if self.network.sparsity == "auto":
            # A search sets rows aside in any case.
            changed["early_stopping"] = True
        if self.network.teacher == "self":
            changed["teacher"] = None
        return changed

    def columns(self) -> tuple[list[str], NDArray[np.intp]]:
        """Return the names of the columns, and which each input of the network is of.

        They are the raw columns, or the network's inputs where a step before it mixes
        them.
        """
        inputs = np.arange(self.network.n_features_in_)
        if isinstance(self.model, Pipeline) and len(self.model) > 1:
            names = _names_in(self.model)
            try:
                origins = walk(
                    self.model[:-1],
                    np.arange(len(names)),
                    lambda step, at: at[column_origins(step)],
                )
            except TypeError:
                return _names_in(self.network), inputs
            return names, origins
        return _names_in(self.network), inputs

    def importances(self) -> list[tuple[Array, Array]]:
        """Return of each network the importance of the columns, and which it reads."""
        names, origins = self.columns()

        def found(network: Any) -> tuple[Array, Array]:
            weight = network.feature_importances_
            n_read = np.bincount(origins[network._columns_read()], minlength=len(names))
            return np.bincount(origins, weight, minlength=len(names)), n_read > 0

        return [found(one) for one in self.network._members()]


def _names_in(estimator: Any) -> list[str]:
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        names = [f"x{i}" for i in range(estimator.n_features_in_)]
    return [str(name) for name in names]
