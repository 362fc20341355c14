"""Which columns stay and which go, as a picture."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted


class FeatureImportanceDisplay:
    """Importances of the columns, those that stay apart from those that go.

    Make one with `from_estimator`.

    Parameters
    ----------
    importances : ndarray of shape (n_features,)
        A score for each column.
    support : ndarray of shape (n_features,)
        Mask of the columns that stay.
    feature_names : ndarray of shape (n_features,)
        Their names.
    ranking : ndarray of shape (n_features,), default=None
        Order of the bars, 1 first; ties go by importance. None: by importance.

    Attributes
    ----------
    bars_ : BarContainer
        The bars, from the top.
    ax_ : Axes
        The axes they are on.
    figure_ : Figure
        The figure around it.

    See Also
    --------
    NetworkDisplay : The whole of a small network.
    reason_codes : What the columns do to one row.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skprune.inspection import FeatureImportanceDisplay
    >>> from skprune.transformer import PruningTransformer
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> pruner = PruningTransformer().fit(X, y)
    >>> display = FeatureImportanceDisplay.from_estimator(pruner)
    """

    def __init__(
        self,
        *,
        importances: NDArray,
        support: NDArray,
        feature_names: NDArray,
        ranking: NDArray | None = None,
    ) -> None:
        self.importances = importances
        self.support = support
        self.feature_names = feature_names
        self.ranking = ranking

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        max_features: int | None = 30,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the columns of a fitted transformer.

        Parameters
        ----------
        estimator : PruningTransformer
            A fitted transformer.
        max_features : int, default=30
            Bars drawn at most; None draws all.
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : FeatureImportanceDisplay
            What was drawn.
        """
        check_is_fitted(estimator)
        names = getattr(estimator, "feature_names_in_", None)
        if names is None:
            names = np.array([f"x{i}" for i in range(estimator.n_features_in_)])
        display = cls(
            importances=estimator.importances_,
            support=estimator.get_support(),
            feature_names=names,
            ranking=estimator.ranking_,
        )
        return display.plot(max_features=max_features, ax=ax, **kwargs)

    def plot(
        self, *, max_features: int | None = 30, ax: Any = None, **kwargs: Any
    ) -> Self:
        """Draw.

        Parameters
        ----------
        max_features : int, default=30
            Bars drawn at most; None draws all.
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to matplotlib's ``barh``.

        Returns
        -------
        self : FeatureImportanceDisplay
            What was drawn.
        """
        import matplotlib.pyplot as plt
        from matplotlib.patches import Patch

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        ranking = 0 * self.importances if self.ranking is None else self.ranking
        shown = np.lexsort((-self.importances, ranking))[:max_features]
        colors = np.where(self.support[shown], "C0", "0.75")
        places = np.arange(len(shown))
        bars = {"color": colors, **kwargs}
        self.bars_ = ax.barh(places, self.importances[shown], **bars)
        ax.set_yticks(places, self.feature_names[shown])
        ax.invert_yaxis()
        ax.set_xlabel("Importance")
        n_kept = int(self.support.sum())
        legend = [
            Patch(color="C0", label=f"kept ({n_kept})"),
            Patch(color="0.75", label=f"dropped ({len(self.support) - n_kept})"),
        ]
        ax.legend(handles=legend, loc="lower right")
        self.ax_, self.figure_ = ax, ax.figure
        return self
