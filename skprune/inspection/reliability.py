"""Probabilities of several models beside what happens, as a picture."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.validation import _check_pos_label_consistency, check_is_fitted

from skprune.inspection.palette import DASHES, GUIDE, MARKERS, MOST_LINES, PALETTE

Floats = NDArray[np.float64]

Z = 1.959964
"""Standard deviations of a normal interval of 95 %."""


class ReliabilityCurve(NamedTuple):
    """Bins of rows by a model's probability.

    Attributes
    ----------
    probability, happened : ndarray of shape (n_bins,)
        Mean probability, and share of positives.
    low, high : ndarray of shape (n_bins,)
        Ends of Wilson's 95 % interval of the share.
    """

    probability: Floats
    happened: Floats
    low: Floats
    high: Floats


class ReliabilityComparisonDisplay:
    """How often it happens where models say how likely it is.

    Make one with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    curves : dict of str to ReliabilityCurve
        By the names of the models, at most six.

    Attributes
    ----------
    lines_ : list of ErrorbarContainer
        One for each model.
    ax_ : Axes
        The axes they are on.
    figure_ : Figure
        The figure around it.

    See Also
    --------
    sklearn.calibration.CalibrationDisplay : One model.
    skprune.metrics.expected_calibration_error : The distance from the diagonal.

    References
    ----------
    .. [1] Wilson, E. B., "Probable Inference, the Law of Succession, and Statistical
       Inference", Journal of the American Statistical Association 22, 1927.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skprune import PrunedMLPClassifier
    >>> from skprune.inspection import ReliabilityComparisonDisplay
    >>> X, y = make_classification(400, random_state=0)
    >>> clf = PrunedMLPClassifier((10,), early_stopping=True, random_state=0)
    >>> display = ReliabilityComparisonDisplay.from_estimator(
    ...     clf.fit(X, y), X, y, others={"logistic": LogisticRegression().fit(X, y)}
    ... )
    """

    def __init__(self, *, curves: Mapping[str, ReliabilityCurve]) -> None:
        self.curves = curves

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        others: Mapping[str, Any] | None = None,
        name: str = "pruned",
        n_bins: int = 10,
        pos_label: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the probabilities of a classifier, and of others beside it.

        Parameters
        ----------
        estimator : classifier
            Fitted, of two classes.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows that it has not seen.
        y : array-like of shape (n_samples,)
            Their classes.
        others : dict of str to classifier, default=None
            More of the same classes, such as the dense network and the champion.
        name : str, default='pruned'
            What the estimator is called.
        n_bins : int, default=10
            Bins of equally many rows, by each model's own probability.
        pos_label : int, float, bool or str, default=None
            The class whose probability it is; None: the last of the two.
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : ReliabilityComparisonDisplay
            What was drawn.

        Raises
        ------
        ValueError
            If there are not two classes, or too many models.
        """
        check_is_fitted(estimator)
        classes = list(estimator.classes_)
        if len(classes) != 2:
            raise ValueError(f"There must be two classes, got {len(classes)}.")
        positive = classes[1] if pos_label is None else pos_label
        models = {name: estimator, **({} if others is None else others)}
        probabilities = {
            called: one.predict_proba(X)[:, list(one.classes_).index(positive)]
            for called, one in models.items()
        }
        return cls.from_predictions(
            y, probabilities, n_bins=n_bins, pos_label=positive, ax=ax, **kwargs
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_probas: Mapping[str, Any],
        *,
        n_bins: int = 10,
        pos_label: Any = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw probabilities that are there.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            True labels.
        y_probas : dict of str to array-like of shape (n_samples,)
            Probabilities of the positive class, by the names of the models.
        n_bins : int, default=10
            Bins of equally many rows.
        pos_label : int, float, bool or str, default=None
            The label of the positive class; None means 1.
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : ReliabilityComparisonDisplay
            What was drawn.

        Raises
        ------
        ValueError
            If there are too many models.
        """
        if len(y_probas) > MOST_LINES:
            raise ValueError(
                f"At most {MOST_LINES} models can be told apart in a picture, got "
                f"{len(y_probas)}."
            )
        y = column_or_1d(y_true)
        hit = y == _check_pos_label_consistency(pos_label, y)
        curves = {
            name: reliability_curve(hit, column_or_1d(p), n_bins)
            for name, p in y_probas.items()
        }
        return cls(curves=curves).plot(ax=ax, **kwargs)

    def plot(self, *, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to matplotlib's ``errorbar``.

        Returns
        -------
        self : ReliabilityComparisonDisplay
            What was drawn.
        """
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        ax.plot([0, 1], [0, 1], color=GUIDE, lw=1)
        self.lines_ = []
        for i, (name, curve) in enumerate(self.curves.items()):
            apart = curve.happened - curve.low, curve.high - curve.happened
            style: dict[str, Any] = {"color": PALETTE[i], "ls": DASHES[i]}
            style |= {
                "marker": MARKERS[i],
                "label": name,
                "capsize": 2,
                "elinewidth": 0.8,
            }
            style |= kwargs
            drawn = ax.errorbar(
                curve.probability, curve.happened, yerr=np.maximum(apart, 0), **style
            )
            self.lines_.append(drawn)
        ax.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        ax.set_xlabel("Mean probability")
        ax.set_ylabel("Share of positives")
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self


def reliability_curve(
    hit: NDArray[np.bool_], likely: Floats, n_bins: int
) -> ReliabilityCurve:
    """Return the bins of equally many rows, of which ties make fewer."""
    shares = np.arange(1, n_bins) / n_bins
    cuts = np.unique(np.quantile(likely, shares, method="inverted_cdf"))
    _, bins = np.unique(np.searchsorted(cuts, likely), return_inverse=True)
    n = np.bincount(bins)
    happened = np.bincount(bins, weights=hit) / n
    # Wilson's interval: the shares p with |happened - p| <= z sqrt(p (1 - p) / n).
    middle = (happened + Z**2 / (2 * n)) / (1 + Z**2 / n)
    inside = happened * (1 - happened) / n + Z**2 / (4 * n**2)
    half = Z * np.sqrt(inside) / (1 + Z**2 / n)
    probability = np.bincount(bins, weights=likely) / n
    return ReliabilityCurve(probability, happened, middle - half, middle + half)
