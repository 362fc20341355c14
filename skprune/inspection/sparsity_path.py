"""Score against size along a path, as a picture."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skprune.model_selection.rules import fold_scores, standard_error

Array = NDArray[Any]


class SparsityPathDisplay:
    """Score of each level against the weights that are left, on a logarithmic axis.

    The dense network's score is a line, the level taken is marked, and the bytes that
    the network takes are on a second axis. Make one with `from_estimator` or
    `from_cv_results`.

    Parameters
    ----------
    n_nonzero : ndarray of shape (n_levels,)
        Weights that are not zero, on the mean over folds.
    score : ndarray of shape (n_levels,)
        Mean scores.
    score_error : ndarray of shape (n_levels,)
        Their standard errors; NaN where there are none.
    n_bytes : ndarray of shape (n_levels,)
        Bytes of the networks.
    sparsities : ndarray of shape (n_levels,)
        The levels.
    chosen : int, default=None
        Position of the level taken.
    score_name : str, default="Score"
        What the scores are.

    Attributes
    ----------
    errorbar_ : ErrorbarContainer
        The scores.
    dense_line_ : Line2D or None
        The dense network's, where it is among the levels.
    chosen_point_ : PathCollection or None
        The mark.
    bytes_line_ : Line2D
        The bytes, on ``bytes_ax_``.
    ax_, bytes_ax_ : Axes
        The axes of scores, and of bytes.
    figure_ : Figure
        The figure around them.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier, SparsitySearchCV
    >>> from skprune.inspection import SparsityPathDisplay
    >>> X, y = make_classification(200, random_state=0)
    >>> clf = PrunedMLPClassifier((8,), max_iter=20, tol=0.1, random_state=0)
    >>> search = SparsitySearchCV(clf, sparsities=[0, 0.5, 0.9], cv=2).fit(X, y)
    >>> display = SparsityPathDisplay.from_estimator(search)
    """

    def __init__(
        self,
        *,
        n_nonzero: Array,
        score: Array,
        score_error: Array,
        n_bytes: Array,
        sparsities: Array,
        chosen: int | None = None,
        score_name: str = "Score",
    ) -> None:
        self.n_nonzero = n_nonzero
        self.score = score
        self.score_error = score_error
        self.n_bytes = n_bytes
        self.sparsities = sparsities
        self.chosen = chosen
        self.score_name = score_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        *,
        metric: str | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the path of a fitted search.

        Parameters
        ----------
        estimator : SparsitySearchCV
            A fitted search; of several combinations of parameters the one taken is
            drawn.
        X : array-like of shape (n_samples, n_features), default=None
            Rows to score the refitted models on; by default the scores are those of
            the folds.
        y : array-like of shape (n_samples,), default=None
            Their targets.
        metric : str, default=None
            Which of several metrics; the one that `refit` names by default.
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : SparsityPathDisplay
            What was drawn.
        """
        check_is_fitted(estimator)
        if metric is None:
            metric = estimator.refit if estimator.multimetric_ else "score"
        if X is not None:
            display = cls._of_rows(estimator, X, y)
        else:
            display = cls._of_results(
                estimator.cv_results_, str(metric), vars(estimator).get("best_index_")
            )
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_cv_results(
        cls,
        cv_results: dict[str, Any],
        *,
        metric: str = "score",
        best_index: int | None = None,
        ax: Any = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a table of results.

        Parameters
        ----------
        cv_results : dict
            ``cv_results_`` of a search.
        metric : str, default="score"
            Which of several metrics.
        best_index : int, default=None
            The row taken. None: no level is marked and, of several combinations of
            parameters, the one of the highest score is drawn.
        ax : Axes, default=None
            Where to draw; a new figure by default.
        **kwargs : dict
            Handed to `plot`.

        Returns
        -------
        display : SparsityPathDisplay
            What was drawn.
        """
        display = cls._of_results(cv_results, metric, best_index)
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def _of_results(
        cls, results: dict[str, Any], metric: str, best: int | None
    ) -> Self:
        scores = fold_scores(results, metric)
        known = [row[~np.isnan(row)] for row in scores]
        means = np.array([row.mean() if len(row) else np.nan for row in known])
        of_combination = int(np.nanargmax(means)) if best is None else best
        name, rows = _rows_like(results["params"], of_combination)
        return cls(
            n_nonzero=results["mean_n_nonzero"][rows],
            score=means[rows],
            score_error=np.array([_error(known[i]) for i in rows]),
            n_bytes=results["mean_n_bytes"][rows],
            sparsities=np.array([results["params"][i][name] for i in rows]),
            chosen=None if best is None else rows.index(best),
            score_name="Score" if metric == "score" else metric,
        )

    @classmethod
    def _of_rows(cls, search: Any, X: Any, y: Any) -> Self:
        path = search.path_
        scores = [_with_best(search, point.estimator).score(X, y) for point in path]
        return cls(
            n_nonzero=np.array([point.n_nonzero for point in path]),
            score=np.array(scores),
            score_error=np.full(len(scores), np.nan),
            n_bytes=np.array([point.n_bytes for point in path]),
            sparsities=np.array(path.sparsities),
            chosen=path.sparsities.index(search.best_sparsity_),
        )

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
        self : SparsityPathDisplay
            What was drawn.
        """
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        bars = {"marker": "o", "capsize": 3, "label": "mean, standard error", **kwargs}
        self.errorbar_ = ax.errorbar(
            self.n_nonzero, self.score, yerr=self.score_error, **bars
        )
        self.dense_line_ = self.chosen_point_ = None
        dense = np.flatnonzero(self.sparsities == 0)
        if len(dense):
            height = self.score[dense[0]]
            self.dense_line_ = ax.axhline(
                height, color="0.5", linestyle="--", label="dense"
            )
        if self.chosen is not None:
            self.chosen_point_ = ax.scatter(
                self.n_nonzero[self.chosen],
                self.score[self.chosen],
                s=150,
                facecolors="none",
                edgecolors="C3",
                linewidths=2,
                zorder=3,
                label=f"taken: sparsity {self.sparsities[self.chosen]:.4g}",
            )
        ax.set(xscale="log", xlabel="Non-zero weights", ylabel=self.score_name)
        self.bytes_ax_ = ax.twinx()
        (self.bytes_line_,) = self.bytes_ax_.plot(
            self.n_nonzero, self.n_bytes, color="C2", linestyle=":", label="bytes"
        )
        self.bytes_ax_.set(yscale="log", ylabel="Bytes")
        handles = [*ax.get_legend_handles_labels()[0], self.bytes_line_]
        ax.legend(handles=handles, loc="lower right")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _error(scores: Array) -> float:
    return standard_error(scores) if len(scores) > 1 else float("nan")


def _rows_like(params: list[dict[str, Any]], index: int) -> tuple[str, list[int]]:
    """Return the sparsity's name, and which rows differ from one in it alone."""
    name = next(n for n in params[index] if n.rpartition("__")[2] == "sparsity")

    def others(row: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in row.items() if key != name}

    like = others(params[index])
    return name, [i for i, row in enumerate(params) if others(row) == like]


def _with_best(search: Any, estimator: Any) -> Any:
    """Return the search as it would be had it taken another level."""
    other = object.__new__(type(search))
    vars(other).update(vars(search), best_estimator_=estimator)
    return other
