"""Which columns stay and which go, as a picture."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skprune.inspection.layer_sparsity import estimators_of
from skprune.inspection.palette import GONE, KEPT
from skprune.inspection.subject import Subject


class FeatureImportanceDisplay:
    """Importances of the columns, those that stay apart from those that go.

    Make one with `from_estimator` or `from_cv_results`.

    Parameters
    ----------
    importances : ndarray of shape (n_features,)
        A score for each column; of several models the mean.
    support : ndarray of shape (n_features,)
        Mask of the columns that stay.
    feature_names : ndarray of shape (n_features,)
        Their names.
    ranking : ndarray of shape (n_features,), default=None
        Order of the bars, 1 first; ties go by importance. None: by importance.
    spread : ndarray of shape (n_features,), default=None
        Standard deviation of the importances, of several models: the error bars.

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
        spread: NDArray | None = None,
    ) -> None:
        self.importances = importances
        self.support = support
        self.feature_names = feature_names
        self.ranking = ranking
        self.spread = spread

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        max_features: int | None = 30,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the columns of a fitted transformer or network.

        Parameters
        ----------
        estimator : PruningTransformer, or network of skprune, or Pipeline or search \
                that ends in a network
            Fitted. Of a network the columns that stay are those it reads. Through a
            Pipeline they are the raw columns, or the network's own where a step mixes
            them. Of several networks the mean is drawn, with error bars.
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

        Raises
        ------
        TypeError
            If it is neither.
        """
        check_is_fitted(estimator)
        if not hasattr(estimator, "get_support"):
            display = cls._of_networks([estimator])
            return display.plot(max_features=max_features, ax=ax, **kwargs)
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

    @classmethod
    def from_cv_results(
        cls,
        cv_results: Mapping[str, Any],
        *,
        max_features: int | None = 30,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the mean over the networks of the folds, with error bars.

        Parameters
        ----------
        cv_results : dict
            As ``cross_validate(..., return_estimator=True)`` returns it, of networks.
            What stays is what more than half of them read.
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

        Raises
        ------
        ValueError
            If the results hold no estimators.
        """
        display = cls._of_networks(estimators_of(cv_results))
        return display.plot(max_features=max_features, ax=ax, **kwargs)

    @classmethod
    def _of_networks(cls, estimators: Sequence[Any]) -> Self:
        """Return what is drawn of networks that see the same columns."""
        subjects = [Subject.of_estimator(one) for one in estimators]
        names, _ = subjects[0].columns()
        each = [pair for subject in subjects for pair in subject.importances()]
        importances = np.array([importance for importance, _ in each])
        read = np.mean([read for _, read in each], axis=0)
        return cls(
            importances=importances.mean(0),
            support=read > (0.5 if len(subjects) > 1 else 0.0),
            feature_names=np.array(names, dtype=object),
            spread=importances.std(0) if len(each) > 1 else None,
        )

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
        colors = np.where(self.support[shown], KEPT, GONE)
        places = np.arange(len(shown))
        bars: dict[str, Any] = {"color": colors, "capsize": 2}
        if self.spread is not None:
            bars["xerr"] = self.spread[shown]
        bars |= kwargs
        self.bars_ = ax.barh(places, self.importances[shown], **bars)
        ax.set_yticks(places, self.feature_names[shown])
        ax.invert_yaxis()
        ax.set_xlabel("Importance")
        n_kept = int(self.support.sum())
        legend = [
            Patch(color=KEPT, label=f"kept ({n_kept})"),
            Patch(color=GONE, label=f"dropped ({len(self.support) - n_kept})"),
        ]
        ax.legend(handles=legend, loc="lower right")
        self.ax_, self.figure_ = ax, ax.figure
        return self
