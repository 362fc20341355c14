"""`sparsity_path`: one dense phase, and a model at each level of sparsity."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.metrics import check_scoring
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing, indexable
from sklearn.utils.metadata_routing import _routing_enabled
from sklearn.utils.validation import _num_samples, check_memory

from skprune.estimator.callback_tree import Unwatched, say_nothing
from skprune.model_selection.last_step import Prepared, network_of, prepare
from skprune.model_selection.levels import checked_levels, spaced_levels

Array = NDArray[Any]

SCORED_ROWS = 20_000
"""At most so many of the rows learnt from are scored: more would be copied to tell
hardly more."""


@dataclass(frozen=True)
class PathPoint:
    """One level of a path.

    Attributes
    ----------
    sparsity : float
        The level asked for.
    estimator : estimator
        Fitted, at this level; of a Pipeline all steps.
    train_score : float
        On the rows that were learnt from, or on 20,000 of them, evenly spaced, where
        there are more.
    valid_score : float
        On the rows that ``early_stopping`` set aside; NaN where there are none, or
        where each of several networks has its own.
    n_nonzero : int
        Weights that are not zero.
    n_bytes : int
        That the network's weights take.

    See Also
    --------
    SparsityPath : The points in their order.

    Examples
    --------
    >>> from skprune.model_selection import PathPoint
    >>> point = PathPoint(
    ...     sparsity=0.9,
    ...     estimator=None,
    ...     train_score=0.8,
    ...     valid_score=0.7,
    ...     n_nonzero=60,
    ...     n_bytes=359,
    ... )
    >>> point.n_nonzero
    60
    """

    sparsity: float
    estimator: Any
    train_score: float
    valid_score: float
    n_nonzero: int
    n_bytes: int


@dataclass(frozen=True)
class SparsityPath:
    """The models along a path, from the densest to the sparsest.

    Iterable, and indexed like a tuple.

    Attributes
    ----------
    points : tuple of PathPoint
        One for each level.

    See Also
    --------
    sparsity_path : Trains the models.
    skprune.inspection.SparsityPathDisplay : Draws them.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier, sparsity_path
    >>> X, y = make_classification(200, random_state=0)
    >>> clf = PrunedMLPClassifier((8,), early_stopping=True, random_state=0)
    >>> path = sparsity_path(clf, X, y, sparsities=[0, 0.5])
    >>> path.sparsities
    (0.0, 0.5)
    >>> path.at(0.5).n_nonzero_
    84
    """

    points: tuple[PathPoint, ...]

    def __iter__(self) -> Iterator[PathPoint]:
        return iter(self.points)

    def __len__(self) -> int:
        return len(self.points)

    @overload
    def __getitem__(self, index: int) -> PathPoint: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[PathPoint, ...]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.points[index]

    @property
    def sparsities(self) -> tuple[float, ...]:
        """The levels, ascending."""
        return tuple(point.sparsity for point in self.points)

    def at(self, sparsity: float) -> Any:
        """Return the fitted estimator of a level.

        Parameters
        ----------
        sparsity : float
            One of the levels.

        Returns
        -------
        estimator : estimator
            That of the path, not a copy.

        Raises
        ------
        ValueError
            If the path has no such level.
        """
        for point in self.points:
            if np.isclose(point.sparsity, sparsity, rtol=0.0, atol=1e-9):
                return point.estimator
        levels = ", ".join(f"{level:.6g}" for level in self.sparsities)
        raise ValueError(
            f"The path has no level {sparsity}. It has {levels}; name others in "
            "sparsities."
        )

    def to_frame(self) -> Any:
        """Return a table with a row for each level, without the estimators.

        Returns
        -------
        table : pandas.DataFrame
            Indexed by position, with a column for each figure of a point.
        """
        import pandas as pd

        columns = ["sparsity", "train_score", "valid_score", "n_nonzero", "n_bytes"]
        rows = [[getattr(point, name) for name in columns] for point in self.points]
        return pd.DataFrame(rows, columns=columns)


def sparsity_path(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    sparsities: Any = None,
    sample_weight: Any = None,
    scoring: Any = None,
    memory: Any = None,
    verbose: int = 0,
) -> SparsityPath:
    """Train one network, and return what it is at each level of sparsity.

    The dense phase is run once. The first level is pruned as a fit would prune it;
    each level after that sets out from the one before and takes a tenth to a fifth of
    the epochs for each halving of what is left.

    Parameters
    ----------
    estimator : estimator
        One of skprune's networks, or a Pipeline that ends in one; it is left as it is.
        Its own ``sparsity`` is not read.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The rows.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        The targets.
    sparsities : array-like of float, default=None
        The levels, in [0, 1); 0 is the dense network. None: ten of them, spaced evenly
        in the logarithm of what is kept, from the dense network to the sparsest one
        that keeps a unit in each layer.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the rows, for the network.
    scoring : str or callable, default=None
        What scores the levels; the estimator's own ``score`` by default.
    memory : str or object with ``cache``, default=None
        Where to cache the phases; the network's own ``memory`` by default.
    verbose : int, default=0
        Whether to print each epoch.

    Returns
    -------
    path : SparsityPath
        A point for each level, ascending.

    Raises
    ------
    TypeError
        If ``estimator`` is neither a network of ours nor a Pipeline that ends in one.
    ValueError
        If rows, levels or parameters are unusable, or the loss stops being finite.
    KeyboardInterrupt
        If the user interrupts. There is then no path; phases that were over are in
        ``memory``, if that is given.

    See Also
    --------
    SparsitySearchCV : Cross-validates the path, and chooses a level.

    References
    ----------
    J. Friedman, T. Hastie and R. Tibshirani, "Regularization paths for generalized
    linear models via coordinate descent", Journal of Statistical Software 33, 2010:
    warm starts along a path.

    M. Zhu and S. Gupta, "To prune, or not to prune", arXiv:1710.01878, 2017: pruning
    step by step with recovery between.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from skprune import PrunedMLPClassifier, sparsity_path
    >>> X, y = make_classification(300, 10, random_state=0)
    >>> clf = PrunedMLPClassifier((16,), early_stopping=True, random_state=0)
    >>> path = sparsity_path(clf, X, y, sparsities=[0, 0.5, 0.9])
    >>> [point.n_nonzero for point in path]
    [176, 88, 17]
    >>> path.at(0.9).score(X, y) > 0.8
    True
    """
    network = network_of(estimator)
    demand_no_other_amount(network)
    X, y = indexable(X, y)
    prepared = prepare(estimator, X, y, weight_params(estimator, sample_weight))
    levels = checked_levels(sparsities) if sparsities is not None else None
    return path_of(
        network,
        prepared,
        levels or default_levels(network, prepared),
        check_scoring(estimator, scoring),
        network.memory if memory is None else memory,
        log=print if verbose else say_nothing,
    )


def path_of(
    network: Any,
    prepared: Prepared,
    levels: tuple[float, ...],
    scorer: Callable[..., float],
    memory: Any,
    progress: Any = None,
    log: Callable[[str], None] = say_nothing,
) -> SparsityPath:
    """Return the path of a network over rows that are prepared for it."""
    from skprune.estimator.path import Start, train_starts

    start = Start.of_data(network, prepared.X, prepared.y, levels, **prepared.params)
    told = progress or Unwatched()
    courses = train_starts([start], check_memory(memory), told, log)[0]
    weight = prepared.params.get("sample_weight")
    train, valid = start.rows_judged(weight)
    train = _evenly_spaced(train, _num_samples(prepared.X))
    points = []
    for level, model in zip(levels, start.models(courses), strict=True):
        model._settle_all()
        judged = float("nan")
        if valid is not None:
            judged = _scored(model, prepared, valid, scorer)
        points.append(
            PathPoint(
                sparsity=level,
                estimator=prepared.whole(model),
                train_score=_scored(model, prepared, train, scorer),
                valid_score=judged,
                n_nonzero=model.n_nonzero_,
                n_bytes=bytes_of(model),
            )
        )
    return SparsityPath(tuple(points))


def _evenly_spaced(rows: Array | None, n_rows: int) -> Array | None:
    """Return as many of some rows, None for all, as are scored at most."""
    n = n_rows if rows is None else len(rows)
    if n <= SCORED_ROWS:
        return rows
    some = np.linspace(0, n - 1, SCORED_ROWS).astype(np.intp)
    return some if rows is None else rows[some]


def _scored(
    model: Any, prepared: Prepared, rows: Any, scorer: Callable[..., float]
) -> float:
    """Return the score on some of the rows, None for all, with their weights."""
    weight = prepared.params.get("sample_weight")
    takes_weight = getattr(scorer, "_accept_sample_weight", lambda: False)
    X, y = prepared.X, prepared.y
    if rows is not None:
        X, y = _safe_indexing(X, rows), _safe_indexing(y, rows)
        weight = None if weight is None else _safe_indexing(weight, rows)
    if weight is None or not takes_weight():
        return float(scorer(model, X, y))
    return float(scorer(model, X, y, sample_weight=weight))


def default_levels(network: Any, prepared: Prepared) -> tuple[float, ...]:
    """Return the levels where nobody has named any."""
    found = outline(network, prepared)
    return spaced_levels(found.n_units, found.n_least)


def outline(network: Any, prepared: Prepared) -> Any:
    """Return what a network and its rows mean for a path, without training."""
    from skprune.estimator.path import Outline, Start

    # What costs time and changes nothing here.
    plain = clone(network).set_params(teacher=None, n_networks=1)
    start = Start.of_data(plain, prepared.X, prepared.y, (0.5,), **prepared.params)
    return Outline.of_start(start)


def bytes_of(network: Any) -> int:
    """Return how many bytes the weights of a fitted estimator take."""
    return sum(int(one._predictor.n_bytes) for one in network._members())


def weight_params(estimator: Any, sample_weight: Any) -> dict[str, Any]:
    """Return what ``fit`` takes for the rows to have weights."""
    if sample_weight is None:
        return {}
    if isinstance(estimator, Pipeline) and not _routing_enabled():
        return {f"{estimator.steps[-1][0]}__sample_weight": sample_weight}
    return {"sample_weight": sample_weight}


def demand_no_other_amount(network: Any) -> None:
    """Refuse a network that says itself how much is to go.

    Raises
    ------
    ValueError
        If it has ``n_keep`` or ``threshold``.
    """
    for name in ("n_keep", "threshold"):
        if getattr(network, name) is not None:
            raise ValueError(
                f"{name} says how much to prune, and so do the levels of a path. Leave "
                f"{name}=None, and name the levels in sparsities."
            )
