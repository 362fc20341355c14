"""Our estimators, alone or as the last step of a Pipeline.

A Pipeline is fitted by itself, with a step at its end that only notes what reaches it:
so whatever a Pipeline does on the way, from caching to routing, it does here too.
"""

import copy
from typing import Any, NamedTuple, Self

from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from skprune.estimator.base import BasePrunedNetwork


class Prepared(NamedTuple):
    """Rows as the network sees them.

    Attributes
    ----------
    pipeline : Pipeline or None
        Fitted, all but its last step.
    X, y : array-like
    params : dict
        What the network's ``fit`` takes beside them.
    """

    pipeline: Any
    X: Any
    y: Any
    params: dict[str, Any]

    def whole(self, network: Any) -> Any:
        """Return the estimator that ends in a fitted network."""
        if self.pipeline is None:
            return network
        whole = copy.copy(self.pipeline)
        whole.steps = [*whole.steps[:-1], (whole.steps[-1][0], network)]
        return whole

    def column_names(self, n_columns: int) -> list[str]:
        """Return the names of the network's input columns, as far as they are known."""
        names: Any = getattr(self.X, "columns", None)
        if names is None and self.pipeline is not None:
            try:
                names = self.pipeline[:-1].get_feature_names_out()
            # Not every transformer knows what it puts out.
            except (AttributeError, ValueError, NotImplementedError):
                names = None
        if names is None:
            names = [f"x{i}" for i in range(n_columns)]
        return [str(name) for name in names]


class NotesOnly(BaseEstimator):
    """Takes the place of a Pipeline's last step, and notes what it is given."""

    def __init__(self, estimator: Any):
        self.estimator = estimator

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Note rows, targets and what else there is."""
        self.given_ = X, y, params
        return self

    def get_metadata_routing(self) -> Any:
        """Return what the step takes for which this one stands in."""
        return self.estimator.get_metadata_routing()


def network_of(estimator: Any) -> BasePrunedNetwork:
    """Return the estimator of ours that is, or ends, an estimator.

    Raises
    ------
    TypeError
        If there is none.
    """
    last = estimator
    if isinstance(estimator, Pipeline):
        last = estimator.steps[-1][1]
    if not isinstance(last, BasePrunedNetwork):
        raise TypeError(
            "estimator must be one of skprune's networks, such as "
            f"PrunedMLPClassifier(), or a Pipeline that ends in one; got {estimator!r}."
        )
    return last


def name_of_sparsity(estimator: Any) -> str:
    """Return the name of the network's sparsity among the estimator's parameters."""
    if isinstance(estimator, Pipeline):
        return f"{estimator.steps[-1][0]}__sparsity"
    return "sparsity"


def prepare(estimator: Any, X: Any, y: Any, params: dict[str, Any]) -> Prepared:
    """Fit what comes before the network, and return what reaches the network."""
    if not isinstance(estimator, Pipeline):
        return Prepared(None, X, y, params)
    pipeline = clone(estimator)
    name, network = pipeline.steps[-1]
    notes = NotesOnly(network)
    pipeline.steps[-1] = (name, notes)
    pipeline.fit(X, y, **params)
    return Prepared(pipeline, *notes.given_)
