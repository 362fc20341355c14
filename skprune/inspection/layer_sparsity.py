"""How sparse each layer is, as a picture."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from skprune.inspection.layers import layer_rows
from skprune.inspection.palette import KEPT
from skprune.inspection.subject import Subject

Floats = NDArray[np.float64]


class LayerSparsityDisplay:
    """Share of the weights that is gone, of each layer.

    Make one with `from_estimator` or `from_cv_results`.

    Parameters
    ----------
    names : sequence of str
        Of the layers' parameters, from the inputs on.
    sparsities : ndarray of shape (n_networks, n_layers)
        Shares in [0, 1], of one network or of several.

    Attributes
    ----------
    bars_ : BarContainer
        The mean of the networks, from the top; error bars are a standard deviation.
    ax_ : Axes
        The axes they are on.
    figure_ : Figure
        The figure around it.

    See Also
    --------
    NetworkDisplay : The weights one by one.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.inspection import LayerSparsityDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = PrunedMLPClassifier((10,), early_stopping=True, random_state=0).fit(X, y)
    >>> display = LayerSparsityDisplay.from_estimator(clf)
    """

    def __init__(self, *, names: Sequence[str], sparsities: Floats) -> None:
        self.names = names
        self.sparsities = sparsities

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw a fitted network; of several the mean.

        Parameters
        ----------
        estimator : network of skprune, or Pipeline or search that ends in one
            Fitted.
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : LayerSparsityDisplay
            What was drawn.

        Raises
        ------
        TypeError
            If it is no network of skprune.
        """
        network = Subject.of_estimator(estimator).network
        return cls._of_networks(network._members()).plot(ax=ax, **kwargs)

    @classmethod
    def from_cv_results(
        cls, cv_results: Mapping[str, Any], *, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw the mean over folds, with error bars.

        Parameters
        ----------
        cv_results : dict
            As ``cross_validate(..., return_estimator=True)`` returns it.
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : LayerSparsityDisplay
            What was drawn.

        Raises
        ------
        ValueError
            If the results hold no estimators.
        """
        subjects = [Subject.of_estimator(one) for one in estimators_of(cv_results)]
        networks = [one for s in subjects for one in s.network._members()]
        return cls._of_networks(networks).plot(ax=ax, **kwargs)

    @classmethod
    def _of_networks(cls, networks: Sequence[Any]) -> Self:
        rows = [layer_rows(network) for network in networks]
        return cls(
            names=[row.name for row in rows[0]],
            sparsities=np.array([[row.sparsity for row in each] for each in rows]),
        )

    def plot(self, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to matplotlib's ``barh``.

        Returns
        -------
        self : LayerSparsityDisplay
            What was drawn.
        """
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        mean, spread = self.sparsities.mean(0), self.sparsities.std(0)
        style: dict[str, Any] = {"color": KEPT, "capsize": 3}
        if len(self.sparsities) > 1:
            style["xerr"] = spread
        places = np.arange(len(self.names))
        self.bars_ = ax.barh(places, mean, **(style | kwargs))
        ax.set_yticks(places, self.names)
        ax.invert_yaxis()
        ax.set_xlim(0, 1)
        ax.set_xlabel("Sparsity")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def estimators_of(cv_results: Mapping[str, Any]) -> list[Any]:
    """Return the estimators of cross-validation results.

    Raises
    ------
    ValueError
        If there are none.
    """
    if "estimator" not in cv_results:
        raise ValueError(
            "cv_results has no estimators: call cross_validate with "
            "return_estimator=True."
        )
    return list(cv_results["estimator"])
